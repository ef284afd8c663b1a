"""Waiting for signals in main and in threads: who gets them, whose mask counts, when handlers run."""

import os
import signal
import threading
import warnings

WAITS = {
    "sigwait": lambda: signal.sigwait([signal.SIGUSR1]),
    "sigwaitinfo": lambda: signal.sigwaitinfo({signal.SIGUSR1}).si_signo,
    "sigtimedwait": lambda: signal.sigtimedwait((signal.SIGUSR1,), 30).si_signo,
}
events = []


def mask():
    return sorted(int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, []))


def handle(number, frame):
    events.append(f"handled {number}")


def fail(number, frame):
    raise KeyError(number)


def tell():
    print(events)
    events.clear()


def in_thread(function, *args):
    thread = threading.Thread(target=function, args=args)
    thread.start()
    return thread


def send(*numbers):
    for number in numbers:
        events.append(f"send {number}")
        os.kill(os.getpid(), number)


def wait(call):
    events.append((mask(), call(), mask()))


def block_and_leave(ready, leave):
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGHUP, signal.SIGKILL])
    events.append((sorted(before), mask()))
    ready.set()
    leave.wait()


# A thread blocks for itself alone.
signal.signal(signal.SIGUSR1, handle)
ready, leave = threading.Event(), threading.Event()
thread = in_thread(block_and_leave, ready, leave)
ready.wait()
events.append(mask())
signal.raise_signal(signal.SIGUSR1)
send(signal.SIGUSR1)
leave.set()
thread.join()
tell()

# What main blocks its threads block; whoever waits gets it.
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
for name, call in WAITS.items():
    print(name)
    thread = in_thread(wait, call)
    send(signal.SIGUSR1)
    thread.join()
    thread = in_thread(wait, call)
    signal.pthread_kill(thread.ident, signal.SIGUSR1)
    thread.join()
    thread = in_thread(send, signal.SIGUSR1)
    wait(call)
    thread.join()
    signal.raise_signal(signal.SIGUSR1)
    print(signal.sigpending())
    wait(call)
    print(sorted(map(str, events)))
    events.clear()

# What is sent to one thread is nobody else's.
wait_for_two = threading.Event()
thread = in_thread(lambda: (wait_for_two.wait(), wait(WAITS["sigwait"])))
signal.pthread_kill(thread.ident, signal.SIGUSR1)
print(signal.sigtimedwait([signal.SIGUSR1], 0), signal.sigpending(), signal.sigtimedwait([signal.SIGUSR1], 0.01))
wait_for_two.set()
thread.join()
tell()

# sigwait lets handlers wait, the others do not.
signal.signal(signal.SIGUSR2, handle)
for name, call in WAITS.items():
    thread = in_thread(send, signal.SIGUSR2, signal.SIGUSR1)
    events.append((name, call()))
    thread.join()
    print(sorted(map(str, events)))
    events.clear()
signal.signal(signal.SIGALRM, fail)
for call in list(WAITS.values())[1:]:
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    try:
        call()
    except KeyError as error:
        print(repr(error))
signal.raise_signal(signal.SIGUSR1)
print(WAITS["sigwait"]())

# Unblocking lets through what is pending, in the thread and in main.
leave.clear()
thread = in_thread(leave.wait)
send(signal.SIGUSR1)
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])
tell()
leave.set()
thread.join()
thread = in_thread(signal.pthread_sigmask, signal.SIG_SETMASK, signal.valid_signals())
thread.join()
send(signal.SIGUSR2)
print(mask())
tell()

# A child inherits the mask and nothing that is pending.
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
signal.raise_signal(signal.SIGUSR1)
warnings.simplefilter("ignore", DeprecationWarning)  # a thread that was joined may not have gone yet
child = os.fork()
if child == 0:
    print(mask(), signal.sigpending(), signal.sigtimedwait([signal.SIGUSR1], 0.01), flush=True)
    os._exit(0)
os.waitpid(child, 0)
print(signal.sigpending())
