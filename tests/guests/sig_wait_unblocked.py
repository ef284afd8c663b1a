"""sigwait and its like for a signal at its default: it is awaited only where the thread blocks it."""

import os
import signal
import threading
import time


def send_soon(number):
    pid = os.getpid()
    if os.fork() == 0:
        time.sleep(0.2)
        os.kill(pid, number)
        os._exit(0)


def in_thread(function, *args):
    returned = []
    thread = threading.Thread(target=lambda: returned.append(function(*args)))
    thread.start()
    thread.join()
    return returned


def wait(number):
    send_soon(number)
    return signal.sigwait([number])


def wait_for_info(number):
    send_soon(number)
    return signal.sigwaitinfo([number]).si_signo


def wait_for_a_time(number, seconds=20):
    send_soon(number)
    info = signal.sigtimedwait([number], seconds)
    return info and info.si_signo


def wait_blocked(number):
    signal.pthread_sigmask(signal.SIG_BLOCK, [number])
    return wait(number)


def wait_in_thread(number):
    send_soon(number)
    return in_thread(signal.sigwait, [number])


def wait_in_thread_blocked(number):
    signal.pthread_sigmask(signal.SIG_BLOCK, [number])
    return wait_in_thread(number)


def wait_for_what_is_dropped(number):
    return wait_for_a_time(signal.SIGWINCH, 0.5)


def wait_beside(number):
    """For another signal, which is blocked."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
    send_soon(number)
    return signal.sigwait([signal.SIGUSR2, number])


def sent_to_the_thread(number):
    me = threading.get_ident()

    def send():
        time.sleep(0.2)
        signal.pthread_kill(me, number)

    threading.Thread(target=send).start()
    return signal.sigwait([number])


for function in (
    *(wait, wait_for_info, wait_for_a_time, wait_blocked, wait_in_thread, wait_in_thread_blocked),
    *(wait_for_what_is_dropped, wait_beside, sent_to_the_thread),
):
    for number in signal.SIGTERM, signal.SIGUSR1:
        pid = os.fork()
        if pid == 0:
            print(function.__name__, function(number), flush=True)
            os._exit(0)
        print(function.__name__, number.name, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
