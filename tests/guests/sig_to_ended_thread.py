"""An identity outlives its thread: what asks by it, or sends to it, ends the process under no circumstances.

Of a thread that has ended the C library says, by version, that there is none or that it got the signal. One that was
joined may still be on its way out, and gets it: the handler says nothing. Arguments are refused in the same order as
ever.
"""

import signal
import threading
import time
from _thread import start_new_thread


def ask(function, *arguments):
    try:
        function(*arguments)
    except ProcessLookupError:
        pass
    return "asked"


def refused(function, *arguments):
    try:
        function(*arguments)
    except Exception as error:
        return type(error).__name__, str(error)


signal.signal(signal.SIGUSR1, lambda *_: None)
leave = threading.Event()
thread = threading.Thread(target=leave.wait)
thread.start()
print("running:", signal.pthread_kill(thread.ident, 0), time.pthread_getcpuclockid(thread.ident) < 0)
print("in full:", signal.pthread_kill(thread.ident + 2**64, 0), signal.pthread_kill(thread.ident - 2**64, 0))
leave.set()
thread.join()
for number in (0, signal.SIGUSR1, 0):
    print("ended:", ask(signal.pthread_kill, thread.ident, number))
print("clock:", ask(time.pthread_getcpuclockid, thread.ident))

idents = []
gate = threading.Semaphore(0)
for _ in range(3):
    start_new_thread(lambda: (idents.append(threading.get_ident()), gate.release()), ())
    gate.acquire()
time.sleep(0.05)
print("raw:", [ask(signal.pthread_kill, ident, 0) for ident in idents])


def late():
    """In a thread, about one that has ended."""
    print("by another:", ask(signal.pthread_kill, thread.ident, 0), ask(time.pthread_getcpuclockid, thread.ident))


other = threading.Thread(target=late)
other.start()
other.join()
me = threading.get_ident()
for ident in ("text", 1.5, None, float(me)):
    print(refused(signal.pthread_kill, ident, 0), refused(time.pthread_getcpuclockid, ident))
for number in ("text", 1.5, 2**40, -1, 65, 32, 33):
    print(refused(signal.pthread_kill, me, number))
for number in ("text", 1.5, 2**40, 32):
    print(refused(signal.pthread_kill, thread.ident, number))
