"""A pipeline: one producer, fifty workers, one collector, with queues between them.

Each worker "asks a database" for 0.1 s per order; a bounded queue keeps the producer from running ahead.
"""

import queue
import threading
import time

WORKERS = 50
END = None


def produce(orders, count):
    for number in range(count):
        orders.put(number)
    for _ in range(WORKERS):
        orders.put(END)


def work(orders, prices):
    while (number := orders.get()) is not END:
        time.sleep(0.1)
        prices.put((number, number * 7 % 100))
    prices.put(END)


def collect(prices):
    total, workers = 0, WORKERS
    while workers:
        if (item := prices.get()) is END:
            workers -= 1
        else:
            total += item[1]
    return total


def main():
    orders, prices = queue.Queue(maxsize=100), queue.Queue()
    begin = time.perf_counter()
    threading.Thread(target=produce, args=(orders, 500)).start()
    for _ in range(WORKERS):
        threading.Thread(target=work, args=(orders, prices)).start()
    print(f"500 orders, total {collect(prices)}, in {time.perf_counter() - begin:.1f} s")


if __name__ == "__main__":
    main()
