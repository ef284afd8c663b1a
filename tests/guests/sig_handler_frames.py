"""A handler runs in main, on top of main's frame, also when main waits and when a thread computes."""

import os
import signal
import threading
import time

handled = threading.Event()


def handle(number, frame):
    names = []
    while frame:
        names.append(frame.f_code.co_name)
        frame = frame.f_back
    print(signal.Signals(number).name, threading.current_thread().name, names)
    handled.set()


def sends():
    time.sleep(0.02)
    os.kill(os.getpid(), signal.SIGUSR1)
    while not handled.is_set():
        pass


def nap():
    time.sleep(0.1)


def spin():
    while not handled.is_set():
        pass


signal.signal(signal.SIGUSR1, handle)
for wait in (nap, spin):
    handled.clear()
    thread = threading.Thread(target=sends)
    thread.start()
    wait()
    thread.join()
