"""`zlib`: what takes long is computed in a real thread, with the same results and errors."""

import pytest

BEFORE = "import zlib; much = bytes(range(256)) * 8000; packed = zlib.compress(much, 0)\n"


def test_compress_parks(parks):
    parks("compress", BEFORE, "assert zlib.decompress(zlib.compress(much)) == much", briefly=True)


def test_decompress_parks(parks):
    parks("decompress", BEFORE, "assert zlib.decompress(packed) == much", briefly=True)


@pytest.mark.parametrize("data", ["much", "bytearray(much)", "memoryview(much)[::1]"])
def test_crc32_parks(parks, data):
    parks("checksum", BEFORE, f"assert zlib.crc32({data}, 1) == 2549201187", briefly=True)


def test_adler32_parks(parks):
    parks("checksum", BEFORE, "assert zlib.adler32(much) == 1912883584", briefly=True)


def test_compressobj_parks(parks):
    call = "\nstream = zlib.compressobj()\nassert zlib.decompress(stream.compress(much) + stream.flush()) == much"
    parks("compress", BEFORE, call, briefly=True)


def test_decompressobj_parks(parks):
    call = "\nstream = zlib.decompressobj()\nassert stream.decompress(packed, max_length=9) == much[:9]"
    call += "\nassert stream.unconsumed_tail + stream.unused_data"
    parks("decompress", BEFORE, call, briefly=True)


def test_little_and_lonely_never_park(says):
    code = """
        import threading, zlib
        from ocoro.runtime.instance import scheduler
        much = bytes(3_000_000)
        zlib.compress(much)
        zlib.crc32(much)
        gate = threading.Lock()
        gate.acquire()
        threading.Thread(target=gate.acquire).start()
        print(zlib.decompress(zlib.compress(b"little")), zlib.adler32(b"little"))
        gate.release()
        print({"compress", "decompress", "checksum"} & {call.name for call in scheduler.recorder.summary().calls})
    """
    assert says(code) == ["b'little' 151257743", "set()"]


@pytest.mark.parametrize(
    "call",
    [
        "compress('x')",
        "compress(much, 99)",
        "decompress(much)",
        "decompress(much, bufsize=-1)",
        "crc32('x')",
        "adler32(None)",
        "decompressobj().decompress(much)",
        "decompressobj().decompress(b'', max_length=-1)",
    ],
)
def test_wrong_calls_are_refused_alike(python, says, call):
    code = f"""
import threading, zlib
much, gate = bytes(3_000_000), threading.Lock()
gate.acquire()
threading.Thread(target=gate.acquire).start()
try: print(zlib.{call})
except Exception as error: print(repr(error))
gate.release()
"""
    assert says(code) == python("-c", code).out.splitlines()
