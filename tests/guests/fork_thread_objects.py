"""In the child of a fork all other threads have ended: main's, daemons', those that nobody made by `Thread`."""

import _thread
import os
import threading
import warnings

warnings.simplefilter("ignore")
first = threading.main_thread()
end = threading.Event()


def describe(threads):
    for thread in threads:
        try:
            thread.join(20)
        except RuntimeError as error:
            print(error, end=" ")
        print(thread.name, thread.is_alive(), thread is threading.main_thread())
    print(sorted(thread.name for thread in threading.enumerate()), flush=True)


def fork(threads, level):
    child = os.fork()
    if child == 0:
        describe(threads)
        if level:
            thread = threading.Thread(target=fork, args=(threads, level - 1), name="grandchild")
            threads.append(thread)
            thread.start()
            thread.join()
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def raw():
    dummies.append(threading.current_thread())
    dummies[0].name = "dummy"
    begun.set()
    end.wait()


dummies, begun = [], threading.Event()
_thread.start_new_thread(raw, ())
begun.wait()
daemon = threading.Thread(target=end.wait, daemon=True, name="daemon")
other = threading.Thread(target=end.wait, name="other")
for thread in (daemon, other):
    thread.start()
fork([first, daemon, other], 1)
forker = threading.Thread(target=fork, args=([first, daemon, other], 1), name="forker")
forker.start()
forker.join()
print([thread.is_alive() for thread in (first, daemon, other, forker)])
end.set()
for thread in (daemon, other):
    thread.join()
