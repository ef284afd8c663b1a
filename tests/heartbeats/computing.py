"""Long calls into C: hashes, compression, sqlite3. And os calls that go to a disk."""

import bz2
import hashlib
import lzma
import os
import sqlite3
import sys
import threading
import zlib

from heart import later, operation, perform

LONG = 60  # seconds
BIG = bytes(range(256)) * 200_000
COUNT = "WITH RECURSIVE c(n) AS (VALUES(1) UNION ALL SELECT n + 1 FROM c WHERE n < 1000000) SELECT count(n) FROM c"


@operation
def pbkdf2():
    return hashlib.pbkdf2_hmac("sha256", b"word", b"salt", 300_000)[:4]


@operation
def scrypt():
    return hashlib.scrypt(b"word", salt=b"salt", n=1 << 16, r=8, p=1, maxmem=1 << 28)[:4]


@operation
def sha512():
    return hashlib.sha512(BIG * 3).digest()[:4]


@operation
def sha3():
    return hashlib.sha3_512(BIG).digest()[:4]


@operation
def zlib_compress():
    return len(zlib.compress(BIG[: len(BIG) // 2], 9)) > 0


@operation
def zlib_decompress():
    return len(zlib.decompress(zlib.compress(BIG * 3, 1)))


@operation
def bz2_compress():
    return len(bz2.compress(BIG[:1_000_000])) > 0


@operation
def lzma_compress():
    return len(lzma.compress(BIG[:4_000_000])) > 0


@operation
def sqlite_statement():
    return sqlite3.connect(":memory:").execute(COUNT).fetchall()


@operation
def sqlite_lock():
    path = os.path.join(sys.argv[1], "base")
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.executescript("CREATE TABLE t(x); BEGIN EXCLUSIVE")
    later(threading.Thread(target=other.execute, args=("COMMIT",)).start)
    mine = sqlite3.connect(path, timeout=LONG)
    return mine.execute("INSERT INTO t VALUES(1)").rowcount


perform()
