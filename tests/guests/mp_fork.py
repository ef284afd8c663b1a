"""multiprocessing with fork: Process, Queue, Pipe, Pool, exit codes."""

import multiprocessing
import os
import sys
import threading
import time


def work(queue, number):
    thread = threading.Thread(target=lambda: (time.sleep(0.01), queue.put((number, __name__))))
    thread.start()
    thread.join()


def square(number):
    return number * number


def leave(status):
    sys.exit(status)


def echo(pipe):
    while (word := pipe.recv()) is not None:
        pipe.send(word.upper())


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    processes = [context.Process(target=work, args=(queue, number)) for number in range(2)]
    for process in processes:
        process.start()
    print(sorted(queue.get(timeout=10) for _ in processes))
    for process in processes:
        process.join()
    print([process.exitcode for process in processes], processes[0].name, multiprocessing.active_children())
    ours, theirs = context.Pipe()
    process = context.Process(target=echo, args=(theirs,), daemon=True)
    process.start()
    ours.send("word")
    print(ours.recv(), ours.poll(0.01), ours.send(None), process.join(10), process.exitcode)
    for target, args in ((leave, (7,)), (os._exit, (8,)), (time.sleep, (30,))):
        process = context.Process(target=target, args=args)
        process.start()
        if target is time.sleep:
            process.terminate()
        process.join()
        print(process.exitcode, process.is_alive())
    with context.Pool(2) as pool:
        print(pool.map(square, range(8)), pool.apply(square, (9,)), sorted(pool.imap_unordered(square, range(3))))
