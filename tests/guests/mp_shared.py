"""Shared values, locks, events and conditions of multiprocessing, between processes that have threads."""

import multiprocessing
import threading
import warnings

warnings.simplefilter("ignore")


def add(counter, lock, times):
    def many():
        for _ in range(times):
            with lock:
                counter.value += 1

    threads = [threading.Thread(target=many) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def answer(question, answered):
    question.wait(10)
    answered.set()


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    counter, lock = context.Value("i", 0, lock=False), context.Lock()
    processes = [context.Process(target=add, args=(counter, lock, 50)) for _ in range(2)]
    for process in processes:
        process.start()
    add(counter, lock, 50)
    for process in processes:
        process.join()
    print(counter.value)
    question, answered = context.Event(), context.Event()
    process = context.Process(target=answer, args=(question, answered))
    process.start()
    print(answered.wait(0.01))
    question.set()
    print(answered.wait(10))
    process.join()
    print(lock.acquire(timeout=1), lock.acquire(timeout=0.01), lock.release())
    semaphore = context.BoundedSemaphore(1)
    for call in (semaphore.acquire, semaphore.release, semaphore.release):
        try:
            print(call())
        except ValueError as error:
            print(error)
