"""cached_property, lru_cache, singledispatch and reprlib across threads that wait inside."""

import functools
import reprlib
import threading
import time

calls = []


@functools.lru_cache(None)
def slow(number):
    calls.append(number)
    time.sleep(0.01)
    return number * 2


class Box:
    @functools.cached_property
    def value(self):
        time.sleep(0.005)
        return threading.current_thread().name

    @reprlib.recursive_repr()
    def __repr__(self):
        time.sleep(0.002)
        return f"Box({self.inner!r})"


box = Box()
box.inner = [box]
found = []
threads = [threading.Thread(target=lambda n=n: found.append((slow(n % 3), repr(box)))) for n in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(found), sorted(set(calls)), slow.cache_info().currsize, box.value == box.value)
