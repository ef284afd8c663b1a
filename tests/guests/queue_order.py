"""Queue, LifoQueue, PriorityQueue and SimpleQueue between a producer and consumers."""

import queue
import threading
import time

for make in (queue.Queue, queue.LifoQueue, queue.PriorityQueue, queue.SimpleQueue):
    numbers = make()
    for number in (3, 1, 2):
        numbers.put(number)
    print(make.__name__, numbers.qsize(), numbers.empty(), [numbers.get() for _ in range(3)], numbers.empty())
    got = []
    consumers = [threading.Thread(target=lambda: got.extend(iter(numbers.get, 1000))) for _ in range(4)]
    for consumer in consumers:
        consumer.start()
    for number in range(100):
        numbers.put(number)
    while len(got) < 100:
        time.sleep(0.001)
    for _ in consumers:
        numbers.put(1000)
    for consumer in consumers:
        consumer.join()
    print(sorted(got) == list(range(100)), numbers.empty())
