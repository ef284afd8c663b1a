"""pthread_kill to a thread by its identity: the handler still runs in main; errors of a bad number."""

import signal
import threading
import time

handled = []


def handle(number, frame):
    handled.append((number, threading.current_thread().name))


signal.signal(signal.SIGUSR1, handle)
leave = threading.Event()
thread = threading.Thread(target=leave.wait)
thread.start()
for target in (thread, threading.main_thread()):
    signal.pthread_kill(target.ident, signal.SIGUSR1)
    while not handled:
        time.sleep(0.001)
    print(handled.pop())
signal.pthread_kill(thread.ident, 0)
try:
    signal.pthread_kill(threading.get_ident(), 12345)
except OSError as error:
    print(error)
leave.set()
thread.join()
