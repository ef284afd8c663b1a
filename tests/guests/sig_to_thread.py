"""pthread_kill to a thread by its identity: the handler still runs in main; errors of bad identities."""

import signal
import threading

handled = threading.Event()


def handle(number, frame):
    print("handler", number, threading.current_thread().name)
    handled.set()


signal.signal(signal.SIGUSR1, handle)
leave = threading.Event()
thread = threading.Thread(target=leave.wait)
thread.start()
signal.pthread_kill(thread.ident, signal.SIGUSR1)
print(handled.wait(5))
handled.clear()
signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)
print(handled.wait(5))
signal.pthread_kill(thread.ident, 0)
try:
    signal.pthread_kill(threading.get_ident(), 12345)
except OSError as error:
    print(error)
leave.set()
thread.join()
