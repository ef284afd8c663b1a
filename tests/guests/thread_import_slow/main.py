"""Threads that import a module whose body waits: it runs once and everybody gets the finished one."""

import threading

found = []


def load():
    import slow

    found.append(slow.READY)


def load_cycle(name):
    module = __import__(name)
    found.append(module.READY)


threads = [threading.Thread(target=load) for _ in range(5)]
threads += [threading.Thread(target=load_cycle, args=(name,)) for name in ("left", "right")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(5)
print(len(found), sorted(set(found)), [thread.is_alive() for thread in threads])
