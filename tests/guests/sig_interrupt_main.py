"""_thread.interrupt_main: KeyboardInterrupt by default, a handler for another signal, nothing for an ignored one."""

import _thread
import signal
import threading

done = threading.Event()


def interrupt(*args):
    try:
        _thread.interrupt_main(*args)
    except ValueError as error:
        print(error)


def spin():
    while True:
        pass


threading.Thread(target=interrupt).start()
try:
    spin()
except KeyboardInterrupt:
    print("interrupted")
signal.signal(signal.SIGUSR1, lambda number, frame: done.set())
threading.Thread(target=interrupt, args=(signal.SIGUSR1,)).start()
while not done.is_set():
    pass
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
for number in (signal.SIGUSR1, signal.SIGUSR2, 999):
    thread = threading.Thread(target=interrupt, args=(number,))
    thread.start()
    thread.join()
print("main goes on")
