"""`hashlib`: deriving keys, and hashing much, is done in a real thread."""

import pytest

BEFORE = "import hashlib, hmac, _hashlib; much = bytes(range(256)) * 8000\n"


def test_pbkdf2_hmac_parks(parks):
    call = "assert hashlib.pbkdf2_hmac('sha1', b'password', b'salt', 4096).hex()[:8] == '4b007901'"
    parks("derive_key", BEFORE, call, briefly=True)


def test_scrypt_parks(parks):
    call = "assert hashlib.scrypt(b'password', salt=b'NaCl', n=1024, r=8, p=16).hex()[:8] == 'fdbabe1c'"
    parks("derive_key", BEFORE, call, briefly=True)


def test_new_parks(parks):
    call = "assert hashlib.new('sha1', much).hexdigest() == hashlib.sha1(much).hexdigest()"
    parks("hash", BEFORE, call, briefly=True)


def test_openssl_sha256_parks(parks):
    call = "assert hashlib.sha256(much).hexdigest()[:8] == '9d7280e1'"
    parks("hash", BEFORE, call, briefly=True)


def test_hmac_new_parks(parks):
    call = "\ncode = hmac.new(b'key', much, hashlib.sha256)\nassert type(code._hmac) is _hashlib.HMAC"
    parks("hash", BEFORE, call, briefly=True)


@pytest.mark.parametrize("digest", ["'sha1'", "hashlib.sha1"])
def test_hmac_digest_parks(parks, digest):
    call = f"assert hmac.digest(b'key', much, {digest}).hex()[:8] == '0e10a011'"
    parks("hash", BEFORE, call, briefly=True)


@pytest.mark.parametrize(
    "call",
    [
        "hashlib.pbkdf2_hmac('none', b'', b'', 10_000)",
        "hashlib.pbkdf2_hmac('sha1', b'', b'', 0)",
        "hashlib.pbkdf2_hmac('sha1', b'', b'', 'x')",
        "hashlib.scrypt(b'', salt=b'', n=3, r=8, p=1)",
        "hashlib.scrypt(b'', salt=b'', n=1 << 30, r=8, p=1)",
        "hashlib.sha256('text')",
        "hashlib.new('none')",
        "hmac.digest(b'', b'', print)",
    ],
)
def test_wrong_calls_are_refused_alike(python, says, call):
    code = f"""
import hashlib, hmac, threading
gate = threading.Lock()
gate.acquire()
threading.Thread(target=gate.acquire).start()
try: print({call})
except Exception as error: print(repr(error))
gate.release()
"""
    assert says(code) == python("-c", code).out.splitlines()
