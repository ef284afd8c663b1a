# signal: TERM after ready
# ends: -15
"""A signal at its default ends the process while every thread is in a long C call, and main waits for one of them."""

import hashlib
import threading
import time
import zlib

data = bytes(1 << 20)
for work in (
    lambda: hashlib.pbkdf2_hmac("sha512", b"secret", b"salt", 1 << 30),
    lambda: [zlib.compress(data) for _ in range(1 << 30)],
    lambda: [time.sleep(0) for _ in range(1 << 30)],
):
    thread = threading.Thread(target=work)
    thread.start()
print("ready", flush=True)
thread.join()
