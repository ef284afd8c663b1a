# flags: -W ignore::DeprecationWarning
"""faulthandler shows the stacks of all threads after a time and at a signal, whoever runs, waits or is in C code."""

import ctypes
import faulthandler
import os
import re
import signal
import sys
import tempfile
import threading
import time

USR1, USR2 = signal.SIGUSR1, signal.SIGUSR2
NOT_OURS = "threading.py", "queue.py"
file = tempfile.TemporaryFile("w+", buffering=1)
sleep_in_c = ctypes.CDLL(None).usleep
over = threading.Event()


def show(title):
    file.seek(0)
    text = re.sub(r"0x[0-9a-f]{16}|\d+ (?=in written)", "_", file.read())
    file.seek(0)
    file.truncate()
    print(f"-- {title}", *(line for line in text.splitlines() if not any(name in line for name in NOT_OURS)), sep="\n")
    sys.stdout.flush()


def written(count=1, limit=5):
    """Wait until so many stacks of main are in the file."""
    until = time.monotonic() + limit
    while os.pread(file.fileno(), 1 << 20, 0).count(b"in <module>\n") < count and time.monotonic() < until:
        pass


def ada():
    over.wait()


def bob(depth=3):
    if depth:
        bob(depth - 1)
    else:
        os.read(reader, 1)


def sends(*signals):
    """By another process, a little later."""
    child = os.fork()
    if not child:
        sleep_in_c(100_000)
        for number in signals:
            os.kill(os.getppid(), number)
        os._exit(0)
    return child


reader, writer = os.pipe()
threads = [threading.Thread(target=function) for function in (ada, bob)]
for thread in threads:
    thread.start()
while len(over._cond._waiters) < 1:
    time.sleep(0.001)
time.sleep(0.01)

faulthandler.dump_traceback_later(0.03, file=file)
time.sleep(0.5)
show("main sleeps")
faulthandler.dump_traceback_later(0.03, file=file.fileno())
sleep_in_c(500_000)  # not while it computes: CPython reads frames that change, and may crash
show("main is in C code")
faulthandler.dump_traceback_later(0.03, repeat=True, file=file)
sleep_in_c(500_000)
faulthandler.cancel_dump_traceback_later()
text = os.pread(file.fileno(), 1 << 20, 0)
print("repeated", text.count(b"Timeout (0:00:00.030000)!\n") >= 2)
file.seek(0), file.truncate()
faulthandler.dump_traceback_later(0.05, file=file)
faulthandler.dump_traceback_later(50, file=file)
time.sleep(0.1)
show("another time")
faulthandler.dump_traceback_later(0.05, file=file)
faulthandler.cancel_dump_traceback_later()
time.sleep(0.1)
show("called off")
for arguments in ((0,), (-1,), ("1",), (1e300,), (), (1, False, "file"), (1, False, -1)):
    try:
        faulthandler.dump_traceback_later(*arguments)
    except Exception as error:
        print(repr(error))
child = os.fork()
if not child:
    faulthandler.dump_traceback_later(0.05, exit=True, file=file)
    threading.Event().wait()
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
show("in a child, which exits")

faulthandler.register(USR1, file=file)
os.kill(os.getpid(), USR1)
show("main kills itself")
signal.raise_signal(USR1)
show("main raises")
sends(USR1), time.sleep(0.5), os.wait()
show("main sleeps")
child = sends(USR1)
sleep_in_c(300_000)
written(), os.wait()
show("main is in C code")
thread = threading.Thread(target=os.kill, args=(os.getpid(), USR1))
thread.start(), thread.join()
text = os.pread(file.fileno(), 1 << 20, 0).decode()
print("a thread kills", text.count(" in ada"), " in <module>" in text.partition("Current thread")[2])
file.seek(0), file.truncate()
child = os.fork()
if not child:
    os.kill(os.getpid(), USR1)
    signal.raise_signal(USR1)
    os._exit(0)
os.waitpid(child, 0)
show("in a child")
faulthandler.register(USR1, file=file, all_threads=False)
os.kill(os.getpid(), USR1)
show("main only")

signal.signal(USR2, lambda number, frame: print("handler", number, frame.f_code.co_name))
print(signal.getsignal(USR2).__name__)
faulthandler.register(USR2, file=file, all_threads=False)
os.kill(os.getpid(), USR2)
show("not chained")
faulthandler.unregister(USR2)
faulthandler.register(USR2, file=file, all_threads=False, chain=True)
os.kill(os.getpid(), USR2)
show("chained")
print(signal.getsignal(USR1), signal.getsignal(USR2).__name__)
signal.signal(USR2, lambda number, frame: print("another handler", number))
os.kill(os.getpid(), USR2)
show("replaced by signal.signal")
print(faulthandler.unregister(USR2), faulthandler.unregister(USR2), faulthandler.unregister(USR1))
os.kill(os.getpid(), USR2)
print(signal.getsignal(USR1), signal.getsignal(USR2).__name__)
for arguments in ((signal.SIGSEGV,), (0,), ("USR1",), (USR1, "file"), (USR1, -1), (1 << 40,), ()):
    try:
        faulthandler.register(*arguments)
    except Exception as error:
        print(repr(error))
for chain in (False, True):
    child = os.fork()
    if not child:
        faulthandler.register(USR1, file=file, all_threads=False, chain=chain)
        os.kill(os.getpid(), USR1)
        faulthandler.unregister(USR1)
        os.kill(os.getpid(), USR1)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    show(f"the default of a child, {chain}")
signal.signal(signal.SIGWINCH, signal.SIG_IGN)
for number in (signal.SIGWINCH, signal.SIGCHLD):
    faulthandler.register(number, file=file, all_threads=False, chain=True)
    os.kill(os.getpid(), number)
    os.kill(os.getpid(), number)
    show(f"ignored, {signal.getsignal(number)!r}")
    print(faulthandler.unregister(number), repr(signal.getsignal(number)))

os.write(writer, b"x")
over.set()
for thread in threads:
    thread.join()
