# env: OCORO_SLICE=1
"""Who computes lets the others run wherever that is, and finds its own state again: in callbacks, handlers, locks."""

import functools
import importlib.abc
import importlib.util
import json
import logging
import re
import sys
import threading
import time

turns = 0
over = False


def tick():
    """Has its turn only if those who spin give the thread away. Raises, so that nobody finds an error of its."""
    global turns
    while not over:
        try:
            raise LookupError(turns)
        except LookupError:
            turns += 1
            time.sleep(0.0002)


def spin(result=None):
    before = turns
    while turns == before:
        pass
    return result


class Key:
    """Spins in its comparisons, its hash and its text."""

    def __init__(self, number):
        self.number = number

    def __lt__(self, other):
        return spin(self.number < other.number)

    def __eq__(self, other):
        return spin(self.number == other.number)

    def __hash__(self):
        return spin(7)

    def __str__(self):
        return spin(f"key {self.number}")


def sort_key():
    return sorted([3, 1, 2], key=spin)


def comparison():
    return [key.number for key in sorted(map(Key, (3, 1, 2)))]


def hashes():
    return len({Key(1): 1, Key(1): 2, Key(2): 3})


def substitution():
    return re.sub("[aeiou]", lambda match: spin(match[0].upper()), "regular")


def json_hooks():
    read = json.loads('{"a": {"b": [1, {"c": 2}]}}', object_pairs_hook=lambda pairs: spin(dict(pairs)))
    return json.dumps([read, Key(1)], default=str)


def comprehensions():
    return [spin(n) for n in range(2)], {spin(n): n for n in range(2)}, sum(spin(n) for n in range(3))


def reduction():
    return functools.reduce(lambda a, b: spin(a + b), range(4)), max([1, 3, 2], key=spin)


def destructor():
    said = []

    class Dies:
        def __del__(self):
            said.append(spin("dead"))

    Dies()
    [Dies() for _ in range(2)].clear()
    return said


def generators():
    said = []

    def count():
        try:
            while True:
                said.append((yield spin(len(said))))
        finally:
            said.append(spin("closed"))

    counting = count()
    next(counting)
    counting.send("sent")
    counting.close()
    return said


def delegation():
    def inner():
        return spin((yield spin(1)))

    def outer():
        return (yield from inner())

    delegating = outer()
    first = next(delegating)
    try:
        delegating.send(2)
    except StopIteration as stop:
        return first, stop.value


class Slow(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds and runs modules, spinning."""

    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_loader(name, self) if name.startswith("slowly_") else None

    def exec_module(self, module):
        module.value = spin(module.__name__)


def imports():
    import slowly_shared

    name = f"slowly_{threading.current_thread().name}"
    return slowly_shared.value, __import__(name).value == name


def logs():
    said = []

    class Handler(logging.Handler):
        def emit(self, record):
            said.append(spin(self.format(record)))

    logger = logging.Logger(threading.current_thread().name)
    logger.addFilter(lambda record: spin(True))
    logger.addHandler(Handler())
    logger.error("%s and %d", Key(1), 2)
    return said


lock, shared = threading.Lock(), []


def under_lock():
    with lock:
        shared.append(1)
        spin()
        held = lock.locked(), lock.acquire(blocking=False), shared.pop(), shared
        spin()
    return held


class Manager:
    def __enter__(self):
        return spin("entered")

    def __exit__(self, kind, error, traceback):
        spin()
        return sys.exc_info()[1] is error


def context_manager():
    with Manager() as entered:
        raise ValueError(spin("swallowed"))
    return entered, sys.exc_info()


def handlers():
    said = []
    try:
        try:
            raise ValueError(spin("first"))
        except ValueError:
            spin()
            said.append(repr(sys.exc_info()[1]))
            try:
                raise KeyError(spin("second"))
            except KeyError as error:
                spin()
                said.append((repr(sys.exc_info()[1]), repr(error.__context__)))
            spin()
            said.append(repr(sys.exc_info()[1]))
            raise
        finally:
            spin()
            said.append(repr(sys.exc_info()[1]))
    except ValueError as error:
        said.append((spin(str(error)), error.__context__, error.__cause__))
    return said, sys.exc_info()


def handled_in_generator():
    def handle():
        try:
            raise TypeError("inside")
        except TypeError:
            yield spin(repr(sys.exc_info()[1]))
            yield spin(repr(sys.exc_info()[1]))

    try:
        raise ValueError("outside")
    except ValueError:
        handling = handle()
        return next(handling), repr(sys.exc_info()[1]), spin(next(handling)), repr(sys.exc_info()[1])


PLACES = (
    *(sort_key, comparison, hashes, substitution, json_hooks, comprehensions, reduction, destructor, generators),
    *(delegation, imports, logs, under_lock, context_manager, handlers, handled_in_generator),
)
results = {}


def work():
    results[threading.current_thread().name] = [(place.__name__, place()) for place in PLACES]


sys.meta_path.insert(0, Slow())
threading.Thread(target=tick, daemon=True).start()
workers = [threading.Thread(target=work, name=name) for name in ("ada", "bob")]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
over = True
for name, result in results["ada"]:
    print(name, result)
print(results["ada"] == results["bob"])
