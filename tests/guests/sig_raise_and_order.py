"""Handlers of signals raised by the program run at once, several pending ones in ascending order."""

import os
import signal

seen = []
for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP):
    print(signal.signal(number, lambda number, frame: seen.append(signal.Signals(number).name)))
signal.raise_signal(signal.SIGUSR2)
print(seen)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP])
for number in (signal.SIGUSR2, signal.SIGUSR1, signal.SIGHUP, signal.SIGUSR1):
    os.kill(os.getpid(), number)
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP])
print(seen)
print(signal.signal(signal.SIGUSR1, signal.SIG_IGN).__name__, signal.getsignal(signal.SIGUSR1))
os.kill(os.getpid(), signal.SIGUSR1)
print(seen, signal.signal(signal.SIGUSR1, signal.SIG_DFL))
