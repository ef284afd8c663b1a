"""signal.pause ends when a handler has run, in main and in a thread, and not for an ignored signal."""

import os
import signal
import threading

events = []


def handle(number, frame):
    events.append(f"handled {number} in {threading.current_thread().name}")


def fail(number, frame):
    raise KeyError(number)


def send(number):
    events.append("send")
    os.kill(os.getpid(), number)


def tell():
    print(events)
    events.clear()


def pause():
    events.append("pause")
    paused.set()
    events.append(signal.pause())


signal.signal(signal.SIGUSR1, handle)
signal.signal(signal.SIGUSR2, signal.SIG_IGN)
signal.signal(signal.SIGALRM, handle)
paused = threading.Event()

thread = threading.Thread(target=lambda: (paused.wait(), send(signal.SIGUSR2), send(signal.SIGUSR1)))
thread.start()
pause()
thread.join()
tell()

signal.setitimer(signal.ITIMER_REAL, 0.01)
pause()
tell()

paused.clear()
thread = threading.Thread(target=pause)
thread.start()
paused.wait()
thread.join(0.05)
send(signal.SIGUSR1)
thread.join(0.05)
print(thread.is_alive())
signal.pthread_kill(thread.ident, signal.SIGUSR1)
thread.join()
print(sorted(map(str, events)))
events.clear()

signal.signal(signal.SIGALRM, fail)
signal.setitimer(signal.ITIMER_REAL, 0.01)
try:
    pause()
except KeyError as error:
    print(repr(error))
signal.setitimer(signal.ITIMER_REAL, 0.01)
signal.signal(signal.SIGALRM, handle)
pause()
tell()
