"""Signals taken by waiting for them: sigwait, sigtimedwait, sigpending, with the mask of each thread."""

import os
import signal
import threading


def mask():
    print(threading.current_thread().name, sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])))


mask()
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
os.kill(os.getpid(), signal.SIGUSR1)
print(signal.sigpending(), signal.sigwait([signal.SIGUSR1]), signal.sigpending())
print(signal.sigtimedwait([signal.SIGUSR1], 0.01), signal.sigtimedwait([signal.SIGUSR1], 0))
os.kill(os.getpid(), signal.SIGUSR1)
found = signal.sigwaitinfo([signal.SIGUSR1])
print(found.si_signo, found.si_pid == os.getpid())
mask()
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])
thread = threading.Thread(target=mask)
thread.start()
thread.join()
