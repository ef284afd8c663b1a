"""signal.pause ends when a handler has run, in main and in a thread, and not for an ignored signal."""

import os
import signal
import threading

events = []


def note(event):
    """Signals are sent again until one was in time, so that the same event may come several times."""
    if event not in events:
        events.append(event)


def handle(number, frame):
    note(f"handled {number} in {threading.current_thread().name}")


def fail(number, frame):
    raise KeyError(number)


def tell():
    print(events)
    events.clear()


def pause():
    note("pause")
    paused.set()
    note(signal.pause())
    ended.set()


def insist(send):
    """Sends until the pause has ended: one sent before the pause began does not end it."""
    paused.wait()
    while not ended.wait(0.02):
        send()


def ignored_then_handled():
    os.kill(os.getpid(), signal.SIGUSR2)
    os.kill(os.getpid(), signal.SIGUSR1)


signal.signal(signal.SIGUSR1, handle)
signal.signal(signal.SIGUSR2, signal.SIG_IGN)
signal.signal(signal.SIGALRM, handle)
paused, ended = threading.Event(), threading.Event()

thread = threading.Thread(target=insist, args=(ignored_then_handled,))
thread.start()
pause()
thread.join()
tell()

signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
pause()
signal.setitimer(signal.ITIMER_REAL, 0)
tell()

paused.clear()
ended.clear()
thread = threading.Thread(target=pause)
thread.start()
paused.wait()
thread.join(0.05)
os.kill(os.getpid(), signal.SIGUSR1)
thread.join(0.05)
print(thread.is_alive())
insist(lambda: signal.pthread_kill(thread.ident, signal.SIGUSR1))
thread.join()
print(sorted(map(str, events)))
events.clear()

signal.signal(signal.SIGALRM, fail)
try:
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    pause()
except KeyError as error:
    print(repr(error))
signal.signal(signal.SIGALRM, handle)
signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
pause()
signal.setitimer(signal.ITIMER_REAL, 0)
tell()
