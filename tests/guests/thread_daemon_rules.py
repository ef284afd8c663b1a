"""The daemon flag is inherited, and what is refused about it."""

import threading


def attempt(call):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, error)


def child():
    print(threading.Thread().daemon, threading.Thread(daemon=False).daemon, threading.current_thread().daemon)


for daemon in (True, False, None):
    thread = threading.Thread(target=child, daemon=daemon)
    thread.start()
    thread.join()
attempt(lambda: setattr(threading.main_thread(), "daemon", True))
attempt(lambda: setattr(thread, "daemon", True))
attempt(lambda: thread.daemon)
attempt(lambda: threading.Thread(group=1))
attempt(lambda: threading.Thread(None, print, "name", (), {}, 1))
attempt(lambda: threading.Thread(targets=print))
attempt(lambda: threading.Thread(daemon=True).daemon)
attempt(lambda: setattr(threading.Thread(), "ident", 1))
