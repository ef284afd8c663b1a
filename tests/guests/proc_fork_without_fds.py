# flags: -W ignore::DeprecationWarning
"""A fork while the process may not open any more fds: parent and child go on, and threads start and wait in both.

The kind: what the runtime needs fds for itself, it must be able to do without. The limit is below the numbers that are
open already.
"""

import os
import resource
import signal
import threading
import time


def use_threads():
    """Waits for a lock, a timer, an fd, and for all three together."""
    lock, event = threading.Lock(), threading.Event()
    lock.acquire()
    threads = [
        threading.Thread(target=time.sleep, args=(0.01,)),
        threading.Thread(target=lock.acquire),
        threading.Thread(target=lambda: os.read(reader, 1)),
        threading.Thread(target=event.wait, args=(0.01,)),
    ]
    for thread in threads:
        thread.start()
    lock.release()
    os.write(writer, b"x")
    for thread in threads:
        thread.join()


reader, writer = os.pipe()
use_threads()
resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))
fds = []
try:
    while True:
        fds.append(os.open("/dev/null", os.O_RDONLY))
except OSError as error:
    print(error)
pid = os.fork()
if not pid:
    signal.alarm(20)
    use_threads()
    os._exit(5)
print("child", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
use_threads()
print("parent")
for fd in fds:
    os.close(fd)
pid = os.fork()
if not pid:
    signal.alarm(20)
    use_threads()
    os._exit(6)
print("child", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
