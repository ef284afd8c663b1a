"""`_hashlib`, and by it `hashlib`: deriving keys, and hashing much, is offloaded to a real thread.

`hmac` hands the constructors of this module to its C functions, which know only the original ones.
"""

from __future__ import annotations

import _hashlib

from ocoro.hooks.patch import Origin
from ocoro.runtime.instance import scheduler
from ocoro.runtime.offload import size_of, when_long

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any


LEAVES = {
    "HASH.update": "the type cannot be changed: a large piece is hashed where it is",
    "HMAC.update": "the same",
    "file_digest": "Python code that hashes 256 KiB at a time; others run between these",
    "blake2b": "a type, in a module of its own, as is blake2s",
}

_native: Any = _hashlib  # the stubs leave out some
_hash_tally = scheduler.recorder.tally("hash")
_derive_tally = scheduler.recorder.tally("derive_key")
_MUCH = 256 << 10  # bytes that take half a millisecond to hash, or more
_MANY = 500  # iterations
_LARGE = 1024  # scrypt's n * r
_pbkdf2_hmac, _scrypt, _new = _native.pbkdf2_hmac, _native.scrypt, _native.new
_hmac_digest, _hmac_new = _native.hmac_digest, _native.hmac_new
_constructors = {
    name: value for name, value in vars(_native).items() if name.startswith("openssl_") and callable(value)
}


def pbkdf2_hmac(origin: Any, /, hash_name: Any, password: Any, salt: Any, iterations: Any, dklen: Any = None) -> bytes:
    """Replaces `_hashlib.pbkdf2_hmac`."""
    is_long = isinstance(iterations, int) and iterations >= _MANY
    key: bytes = when_long(_derive_tally, is_long, _pbkdf2_hmac, hash_name, password, salt, iterations, dklen)
    return key


def scrypt(
    origin: Any,
    /,
    password: Any,
    *,
    salt: Any = None,
    n: Any = None,
    r: Any = None,
    p: Any = None,
    maxmem: Any = 0,
    dklen: Any = 64,
) -> bytes:
    """Replaces `_hashlib.scrypt`."""
    is_long = isinstance(n, int) and isinstance(r, int) and n * r >= _LARGE
    key: bytes = when_long(
        _derive_tally, is_long, _scrypt, password, salt=salt, n=n, r=r, p=p, maxmem=maxmem, dklen=dklen
    )
    return key


def new(origin: Any, /, name: Any, string: Any = b"", *, usedforsecurity: Any = True) -> Any:
    """Replaces `_hashlib.new`."""
    is_long = size_of(string) >= _MUCH
    return when_long(_hash_tally, is_long, _new, name, string, usedforsecurity=usedforsecurity)


def _constructor(function: Any) -> Any:
    def construct(origin: Any, /, string: Any = b"", *, usedforsecurity: Any = True) -> Any:
        is_long = size_of(string) >= _MUCH
        return when_long(_hash_tally, is_long, function, string, usedforsecurity=usedforsecurity)

    return construct


def hmac_digest(origin: Any, /, key: Any, msg: Any, digest: Any) -> bytes:
    """Replaces `_hashlib.hmac_digest`."""
    result: bytes = when_long(_hash_tally, size_of(msg) >= _MUCH, _hmac_digest, key, msg, _as_native(digest))
    return result


def hmac_new(origin: Any, /, key: Any, msg: Any = b"", digestmod: Any = None) -> Any:
    """Replaces `_hashlib.hmac_new`."""
    return when_long(_hash_tally, size_of(msg) >= _MUCH, _hmac_new, key, msg, _as_native(digestmod))


def _as_native(digest: Any) -> Any:
    """The original of a constructor of ours; anything else as it is."""
    if isinstance(getattr(digest, "__self__", None), Origin):
        return _constructors.get(digest.__name__, digest)
    return digest


def is_for(module: Any) -> bool:
    """Whether the types and exceptions here are those of `module`."""
    return module.HASH is _native.HASH


REPLACES = {
    "pbkdf2_hmac": pbkdf2_hmac,
    "scrypt": scrypt,
    "new": new,
    "hmac_digest": hmac_digest,
    "hmac_new": hmac_new,
    **{name: _constructor(function) for name, function in _constructors.items()},
}
