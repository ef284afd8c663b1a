"""`bz2`: what takes long is computed in a real thread."""

BEFORE = "import bz2; much = bytes(range(256)) * 400; packed = bz2.compress(os.urandom(90_000))\n"


def test_compress_parks(parks):
    parks("compress", BEFORE, "assert bz2.decompress(bz2.compress(much, compresslevel=1)) == much", briefly=True)


def test_decompress_parks(parks):
    parks("decompress", BEFORE, "assert len(bz2.decompress(packed)) == 90_000", briefly=True)


def test_error_of_worker_has_the_modules_frames_only(python, says):
    code = """
import bz2, sys, threading, traceback
gate = threading.Lock()
gate.acquire()
threading.Thread(target=gate.acquire).start()
try: bz2.decompress(b"x" * 100_000)
except OSError: traceback.print_exc(file=sys.stdout)
gate.release()
"""
    assert says(code) == python("-c", code).out.splitlines()
