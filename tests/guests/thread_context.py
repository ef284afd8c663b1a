"""Context variables and decimal contexts belong to a thread; a new thread starts with empty and default ones."""

import contextvars
import decimal
import threading
import time

variable = contextvars.ContextVar("variable", default="default")
found = []


def work(number):
    before = variable.get(), decimal.getcontext().prec, len(contextvars.copy_context())
    variable.set(number)
    decimal.getcontext().prec = 3 + number
    with decimal.localcontext() as context:
        context.prec += 1
        time.sleep(0.01)
        inside = str(decimal.Decimal(1) / 3)
    time.sleep(0.01)
    found.append((number, before, variable.get(), str(decimal.Decimal(1) / 3), inside))


variable.set("main")
decimal.getcontext().prec = 20
threads = [threading.Thread(target=work, args=(number,)) for number in range(5)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for line in sorted(found):
    print(*line)
print(variable.get(), decimal.Decimal(1) / 3)
copied = contextvars.copy_context()
thread = threading.Thread(target=copied.run, args=(lambda: print(variable.get()),))
thread.start()
thread.join()
