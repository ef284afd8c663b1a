"""Calls that compute for long without the GIL: a signal's handler runs after them, other threads meanwhile."""

import bz2
import hashlib
import hmac
import lzma
import os
import signal
import threading
import warnings
import zlib

MUCH = b"".join(b"line %d of much\n" % number for number in range(20_000))
events = []


def handle(number, frame):
    events.append("handled")


def interrupt():
    os.kill(os.getpid(), signal.SIGUSR1)


def work(name):
    found[name] = [
        zlib.decompress(zlib.compress(MUCH)) == MUCH,
        bz2.decompress(bz2.compress(MUCH[:90_000])) == MUCH[:90_000],
        lzma.decompress(lzma.compress(MUCH[:900])) == MUCH[:900],
        zlib.crc32(MUCH * 4),
        hashlib.sha256(MUCH).hexdigest(),
        hmac.new(b"key", MUCH, hashlib.sha256).hexdigest(),
        hashlib.pbkdf2_hmac("sha256", b"password", name.encode(), 1000).hex(),
        hashlib.scrypt(b"password", salt=name.encode(), n=1024, r=8, p=1).hex(),
    ]


signal.signal(signal.SIGUSR1, handle)
found = {}
threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(found.items()))
thread = threading.Thread(target=interrupt)
thread.start()
key = hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 60_000)
events.append("derived")
thread.join()
print(sorted(events), key.hex())
warnings.simplefilter("ignore", DeprecationWarning)
child = os.fork()
if child == 0:
    print(len(zlib.compress(os.urandom(100_000), 0)), flush=True)
    os._exit(0)
print(os.waitpid(child, 0)[1])
