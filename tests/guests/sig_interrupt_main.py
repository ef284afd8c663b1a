"""_thread.interrupt_main: KeyboardInterrupt by default, a handler for another signal, nothing for an ignored one."""

import _thread
import signal
import threading

go, done = threading.Event(), threading.Event()


def interrupt(*args):
    go.wait()
    try:
        _thread.interrupt_main(*args)
    except ValueError as error:
        print(error)


thread = threading.Thread(target=interrupt)
thread.start()
try:
    go.set()
    while True:
        pass
except KeyboardInterrupt:
    print("interrupted")
thread.join()
signal.signal(signal.SIGUSR1, lambda number, frame: done.set())
thread = threading.Thread(target=interrupt, args=(signal.SIGUSR1,))
thread.start()
while not done.is_set():
    pass
thread.join()
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
for number in (signal.SIGUSR1, signal.SIGUSR2, 999):
    thread = threading.Thread(target=interrupt, args=(number,))
    thread.start()
    thread.join()
print("main goes on")
