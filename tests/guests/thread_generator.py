"""Generators across threads: handed over, and refused while running elsewhere."""

import threading

inside, leave = threading.Event(), threading.Event()
moved = []


def numbers():
    yield threading.current_thread().name
    inside.set()
    leave.wait()
    yield threading.current_thread().name


generator = numbers()
moved.append(next(generator))
thread = threading.Thread(target=lambda: moved.append(next(generator)), name="second")
thread.start()
inside.wait()
for call in (lambda: next(generator), generator.close, lambda: generator.throw(KeyError)):
    try:
        call()
    except ValueError as error:
        print(error)
print(generator.gi_running)
leave.set()
thread.join()
print(moved, generator.gi_running, list(generator))
