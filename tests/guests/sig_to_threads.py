"""pthread_kill aims at a thread; the handler runs in main all the same, and siginterrupt changes nothing there."""

import os
import signal
import threading

received = []
waiting = threading.Event()
over = threading.Event()


def handler(number, frame):
    received.append((number == signal.SIGUSR1, threading.current_thread() is threading.main_thread()))
    if len(received) == 4:
        over.set()


def wait():
    waiting.set()
    over.wait()


signal.signal(signal.SIGUSR1, handler)
thread = threading.Thread(target=wait)
thread.start()
waiting.wait()
signal.pthread_kill(thread.ident, signal.SIGUSR1)
while len(received) < 1:
    threading.Event().wait(0.001)
signal.siginterrupt(signal.SIGUSR1, False)
signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
signal.siginterrupt(signal.SIGUSR1, True)
while len(received) < 2:
    threading.Event().wait(0.001)


def kill():
    for expected in (3, 4):
        os.kill(os.getpid(), signal.SIGUSR1)
        while len(received) < expected:
            threading.Event().wait(0.001)


killer = threading.Thread(target=kill)
killer.start()
thread.join()
killer.join()
print(received)
for number in (0, 65, -1, "1"):
    try:
        print(signal.pthread_kill(threading.get_ident(), number))
    except Exception as error:
        print(repr(error))
    try:
        print(signal.siginterrupt(number, True))
    except Exception as error:
        print(repr(error))
print(signal.strsignal(signal.SIGUSR1), signal.sigpending())
