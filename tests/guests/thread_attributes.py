"""A thread's name, identities, daemon flag and repr, before, while and after it runs."""

import re
import threading


def shown(thing):
    return re.sub(r"\d{4,}", "..", repr(thing))


def kinds(thread):
    return type(thread.ident).__name__, type(thread.native_id).__name__, thread.is_alive(), thread.daemon, thread.name


leave, entered = threading.Event(), threading.Event()


def work():
    current = threading.current_thread()
    print(current is thread, current.ident == threading.get_ident(), current.native_id == threading.get_native_id())
    entered.set()
    leave.wait()


thread = threading.Thread(target=work, name="worker")
print(kinds(thread), shown(thread))
thread.start()
entered.wait()
print(kinds(thread), shown(thread), thread.ident != threading.get_ident())
print(thread in threading.enumerate(), threading.active_count())
try:
    thread.daemon = True
except RuntimeError as error:
    print(error)
thread.name = 5
leave.set()
thread.join()
print(kinds(thread), shown(thread), thread in threading.enumerate(), threading.active_count())
main = threading.main_thread()
print(kinds(main), shown(main), main is threading.current_thread(), type(main).__name__)
