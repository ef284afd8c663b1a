"""PyThreadState_SetAsyncExc by ctypes: time limits of task workers, and all that ends a thread from outside.

The exception comes at the next bytecode of the thread that is named, whether it computes or waits; a wait goes on until
it ends, and has what it waited for. It comes in no other thread, and nowhere in the middle of a call.
"""

import ctypes
import os
import queue
import select
import socket
import sys
import threading
import time
import traceback

raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc


WAITS = {  # what each is left at
    "time.sleep(0.3)",
    "lock.acquire()",
    'did.append("inside")',
    "gate.wait()",
    "did.append(items.get())",
    "os.read(reader, 1)",
    "select.select([reader], [], [])",
    "left.recv(1)",
}


class Stop(Exception):
    pass


def throw(ident, error=Stop):
    return raise_in(ctypes.c_ulong(ident), ctypes.py_object(error))


def is_waiting(thread):
    """It has got to its wait: no line of it has run for a while."""
    seen = None
    while True:
        time.sleep(0.05)
        frame = sys._current_frames().get(thread.ident)
        place = frame and (frame.f_code.co_qualname, frame.f_lineno)
        if place == seen:
            return
        seen = place


def end(name, job, *errors, before=is_waiting, after=lambda: None):
    """Have `job` left by the errors; says what it did, and where it was."""
    did, begun = [], threading.Event()

    def work():
        begun.set()
        try:
            job(did)
            did.append("came to its end")
        except BaseException as error:
            calls = traceback.extract_tb(error.__traceback__)
            lines = [call.line for call in calls if call.name == job.__name__]
            did.append((type(error).__name__, str(error), type(error.__context__).__name__))
            did.append(lines if len(lines) != 1 or lines[0] in WAITS else "where it computed")
        did.append("tidied up")

    thread = threading.Thread(target=work)
    thread.start()
    begun.wait()
    before(thread)
    hit = [throw(thread.ident, error) for error in errors or [Stop]]
    after()
    thread.join()
    print(name, hit, did, "then", throw(thread.ident))


# Whoever waits.
lock, rlock, gate, items = threading.Lock(), threading.RLock(), threading.Event(), queue.Queue()
reader, writer = os.pipe()
left, right = socket.socketpair()


def sleeps(did):
    time.sleep(0.3)


def takes_lock(did):
    lock.acquire()


def enters_lock(did):
    with lock:
        did.append("inside")


def enters_rlock(did):
    with rlock:
        did.append("inside")


def waits_for_event(did):
    gate.wait()


def gets_item(did):
    did.append(items.get())


def reads(did):
    os.read(reader, 1)


def selects(did):
    select.select([reader], [], [])


def receives(did):
    left.recv(1)


end("sleeps", sleeps)
lock.acquire()
end("takes a lock", takes_lock, after=lock.release)
print("it was taken:", lock.locked())
end("enters a lock", enters_lock, after=lock.release)
print("it was left:", not lock.locked())
rlock.acquire()
end("enters an RLock", enters_rlock, after=rlock.release)
print("it was left:", rlock.acquire(blocking=False), rlock._is_owned())
end("waits for an event", waits_for_event, after=gate.set)
end("gets an item", gets_item, after=lambda: items.put("item"))
print("it was taken:", items.qsize() == 0)
end("reads", reads, after=lambda: os.write(writer, b"x"))
end("selects", selects, after=lambda: os.write(writer, b"x"))
end("receives", receives, after=lambda: right.send(b"x"))


# Whoever computes.
def counts(did):
    number = 0
    while number >= 0:
        number += 1


def calls_c(did):
    while True:
        sum(range(100))


def handles(did):
    try:
        did.missing
    except AttributeError:
        while True:
            len(did)


def waits_often(did):
    try:
        while True:
            time.sleep(0.001)
    except Stop:
        did.append("stopped")


class Refuses(Exception):
    def __init__(self, argument):
        pass


def at_once(thread):
    pass


for job in counts, calls_c, handles, waits_often:
    end(job.__name__, job)
    end(job.__name__, job, before=at_once)
end("exits", counts, SystemExit)
end("interrupted", counts, KeyboardInterrupt)
end("an instance", counts, Stop("text"))
end("no exception", counts, 5)
end("another type", counts, dict)
end("wants arguments", counts, Refuses)
end("the last counts", sleeps, KeyError, ValueError, Stop)


# Oneself, and the main thread.
def stops_itself():
    try:
        throw(threading.get_ident())
        while True:
            len("")
    except Stop:
        return "stopped itself"


print(stops_itself())
thread = threading.Thread(target=lambda: print("in a thread:", stops_itself()))
thread.start()
thread.join()


def stop_main(seconds):
    time.sleep(seconds)
    print("main:", throw(threading.main_thread().ident))


for job in waits_often, counts, lambda did: threading.Event().wait(0.3):
    did = []
    thread = threading.Thread(target=stop_main, args=(0.1,))
    thread.start()
    try:
        job(did)
    except Stop:
        did.append("main was stopped")
    thread.join()
    print(did)


# Taken back, and nobody's.
def is_left_alone(did):
    time.sleep(0.3)


def take_back(error):
    for each in threading.enumerate():
        if each is not threading.main_thread():
            print("taken back:", raise_in(ctypes.c_ulong(each.ident), error))


end("left alone", is_left_alone, after=lambda: take_back(None))
end("left alone", is_left_alone, after=lambda: take_back(ctypes.py_object()))
print("nobody:", [throw(ident) for ident in (0, 1, 12345, 2**63, 2**64 - 1)])

# The function is one like any other.
print(raise_in.__name__, ctypes.pythonapi.PyThreadState_SetAsyncExc is raise_in, callable(raise_in))
typed = ctypes.PyDLL(None)["PyThreadState_SetAsyncExc"]
typed.argtypes, typed.restype = [ctypes.c_ulong, ctypes.py_object], ctypes.c_int
print(typed(12345, Stop), isinstance(typed, type(raise_in).__mro__[1]))
for arguments in (("text", Stop), (1,), ()):
    try:
        typed(*arguments)
    except Exception as error:
        print(type(error).__name__, error)
