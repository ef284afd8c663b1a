"""`lzma`: what takes long is computed in a real thread."""

BEFORE = "import lzma; packed = lzma.compress(os.urandom(90_000))\n"


def test_compress_parks(parks):
    call = "assert lzma.decompress(lzma.compress(b'some', preset=1)) == b'some'"
    parks("compress", BEFORE, call, briefly=True)


def test_decompress_parks(parks):
    parks("decompress", BEFORE, "assert len(lzma.decompress(packed)) == 90_000", briefly=True)
