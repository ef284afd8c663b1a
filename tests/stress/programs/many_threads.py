"""So many threads one after the other, each started by the one before, and all at once."""

import sys
import threading

COUNT = int(sys.argv[1])


def in_a_row():
    ran = []
    for number in range(COUNT):
        thread = threading.Thread(target=ran.append, args=(number,))
        thread.start()
        thread.join()
    print("in a row", ran == list(range(COUNT)), threading.active_count())


def relay():
    """Each starts the next and ends."""
    arrived = threading.Event()
    ran = []

    def run(number):
        ran.append(number)
        if number + 1 == COUNT:
            arrived.set()
        else:
            threading.Thread(target=run, args=(number + 1,)).start()

    threading.Thread(target=run, args=(0,)).start()
    arrived.wait()
    print("relay", ran == list(range(COUNT)))


def together():
    """The last to come opens the gate for all."""
    gate, come, idents = threading.Event(), threading.Semaphore(0), set()
    passed = []

    def run(number):
        idents.add(threading.get_ident())
        come.release()
        gate.wait()
        passed.append(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(COUNT)]
    for thread in threads:
        thread.start()
    for _ in threads:
        come.acquire()
    print("together", threading.active_count() > COUNT, len(idents), len(passed))
    gate.set()
    for thread in threads:
        thread.join()
    print("passed", len(passed), sum(passed) == COUNT * (COUNT - 1) // 2, any(thread.is_alive() for thread in threads))


in_a_row()
relay()
together()
