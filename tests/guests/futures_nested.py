"""Pools inside pools, and futures handed between threads."""

import concurrent.futures
import threading


def inner(number):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return sum(pool.map(lambda each: each * number, range(5)))


with concurrent.futures.ThreadPoolExecutor(3) as pool:
    print(list(pool.map(inner, range(6))))
promise = concurrent.futures.Future()
answers = []
threads = [threading.Thread(target=lambda: answers.append(promise.result(5))) for _ in range(3)]
for thread in threads:
    thread.start()
promise.set_result("kept")
for thread in threads:
    thread.join()
print(answers)
try:
    promise.set_result("again")
except concurrent.futures.InvalidStateError as error:
    print(str(error).split(":")[0])
