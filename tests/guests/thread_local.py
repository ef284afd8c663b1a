"""thread.local: one set of values for each thread, made by __init__ with the same arguments."""

import threading


class Counter(threading.local):
    default = "class"

    def __init__(self, start, *, step):
        print("init", threading.current_thread().name, start, step)
        self.value = start
        self.step = step

    def next(self):
        self.value += self.step
        return self.value


class Slots(threading.local):
    __slots__ = ("shared",)


def work():
    print(counter.next(), counter.next(), sorted(counter.__dict__), counter.default)
    print(hasattr(plain, "value"), slots.shared, vars(plain))
    plain.value = slots.shared = threading.current_thread().name


counter = Counter(10, step=2)
plain = threading.local()
slots = Slots()
plain.value = "main"
slots.shared = "main"
slots.own = "own of main"
for _ in range(2):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
print(counter.next(), plain.value, slots.shared, slots.own, vars(plain), vars(slots))
for call in (
    lambda: threading.local(1),
    lambda: plain.missing,
    lambda: setattr(plain, "__dict__", {}),
    lambda: vars(plain).clear(),
):
    try:
        print(call())
    except (TypeError, AttributeError) as error:
        print(type(error).__name__)
print(vars(plain), type(plain).__name__, type(plain).__module__)
