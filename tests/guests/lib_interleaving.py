"""A bounded buffer, dining philosophers and a read-write lock: classic programs come to their end."""

import random
import threading
import time

buffer, taken = [], []
condition = threading.Condition()


def produce(numbers):
    for number in numbers:
        with condition:
            condition.wait_for(lambda: len(buffer) < 3)
            buffer.append(number)
            condition.notify_all()


def consume(count):
    for _ in range(count):
        with condition:
            condition.wait_for(lambda: buffer)
            taken.append(buffer.pop(0))
            condition.notify_all()


forks = [threading.Lock() for _ in range(5)]
meals = []


def dine(number):
    first, second = sorted((number, (number + 1) % 5))
    for _ in range(5):
        with forks[first], forks[second]:
            meals.append(number)
            time.sleep(random.random() / 2000)


threads = [threading.Thread(target=produce, args=(range(start, 100, 2),)) for start in (0, 1)]
threads += [threading.Thread(target=consume, args=(25,)) for _ in range(4)]
threads += [threading.Thread(target=dine, args=(number,)) for number in range(5)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(taken) == list(range(100)), buffer, sorted(meals))
