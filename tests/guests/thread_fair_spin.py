"""Threads that never wait still make progress next to each other: spinning on what another one sets."""

import threading

flags = [False] * 4
turns = []


def spin(number):
    while not flags[number]:
        pass
    turns.append(number)
    if number:
        flags[number - 1] = True


threads = [threading.Thread(target=spin, args=(number,)) for number in range(4)]
for thread in threads:
    thread.start()
flags[3] = True
while len(turns) < 4:
    pass
for thread in threads:
    thread.join()
print(turns)
