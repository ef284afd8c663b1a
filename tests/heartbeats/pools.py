"""multiprocessing, by fork, spawn or forkserver (the argument), and ProcessPoolExecutor. asyncio."""

import asyncio
import concurrent.futures
import multiprocessing
import multiprocessing.connection
import socket
import sys
import threading
import time

from heart import later, operation, perform

SHORT, LONG = 0.1, 60  # seconds


def hold(lock, taken, leave):
    with lock:
        taken.send(1)
        leave.recv()


def hear(leave):
    return leave.recv()


def put(items, leave):
    leave.recv()
    items.put("item")


def do(items, leave):
    items.get()
    leave.recv()
    items.task_done()


def call(method, leave):
    leave.recv()
    method()


def release(semaphore, leave):
    leave.recv()
    semaphore.release()


def notify(condition, leave):
    leave.recv()
    with condition:
        condition.notify()


def child(function, *args):
    """A process that goes on when the heart has beaten."""
    leave, heard = context.Pipe()
    process = context.Process(target=function, args=(*args, heard))
    process.start()
    later(leave.send, 1)
    children.append(process)
    return process


def slow():
    time.sleep(SHORT)
    return "result"


def square(number):
    time.sleep(SHORT)
    return number * number


# -- multiprocessing ---------------------------------------------------------------------------------------------------


@operation
def process_join():
    process = child(hear)
    return process.join(), process.exitcode


@operation
def process_join_with_time_out():
    process = child(hear)
    return process.join(LONG), process.exitcode


@operation
def pipe_receive():
    left, right = context.Pipe()
    later(right.send, [1, 2])
    return left.recv()


@operation
def pipe_send():
    left, right = context.Pipe()
    later(threading.Thread(target=right.recv_bytes).start)
    return left.send_bytes(bytes(4_000_000))


@operation
def pipe_poll():
    left, right = context.Pipe()
    later(right.send, 1)
    return left.poll(LONG), right.closed


@operation
def connections():
    left, right = context.Pipe(duplex=False)
    later(right.send, 1)
    return multiprocessing.connection.wait([left]) == [left]


@operation
def sentinel():
    process = child(hear)
    return multiprocessing.connection.wait([process.sentinel]) == [process.sentinel], process.join()


@operation
def listener():
    with multiprocessing.connection.Listener() as listener:
        later(threading.Thread(target=multiprocessing.connection.Client, args=(listener.address,)).start)
        return listener.accept().closed


@operation
def queue_get():
    items = context.Queue()
    child(put, items)
    return items.get()


@operation
def queue_get_with_time_out():
    items = context.Queue()
    child(put, items)
    return items.get(timeout=LONG)


@operation
def queue_get_times_out():
    return context.Queue().get(timeout=SHORT)


@operation
def queue_put():
    items = context.Queue(1)
    items.put(1)
    later(items.get)
    return items.put(2), items.get()


@operation
def simple_queue():
    items = context.SimpleQueue()
    child(put, items)
    return items.get()


@operation
def queue_join():
    items = context.JoinableQueue()
    items.put(1)
    child(do, items)
    return items.join()


@operation
def event():
    event = context.Event()
    child(call, event.set)
    return event.wait()


@operation
def event_times_out():
    return context.Event().wait(SHORT)


@operation
def lock():
    lock = context.Lock()
    taken, take = context.Pipe(duplex=False)
    child(hold, lock, take)
    taken.recv()
    return lock.acquire()


@operation
def lock_with_time_out():
    lock = context.RLock()
    taken, take = context.Pipe(duplex=False)
    child(hold, lock, take)
    taken.recv()
    return lock.acquire(timeout=LONG)


@operation
def semaphore():
    semaphore = context.Semaphore(0)
    child(release, semaphore)
    return semaphore.acquire()


@operation
def condition():
    condition = context.Condition()
    with condition:
        child(notify, condition)
        return condition.wait(LONG)


@operation
def barrier():
    barrier = context.Barrier(2)
    child(call, barrier.wait)
    return barrier.wait() in (0, 1)


@operation
def manager():
    with context.Manager() as manager:
        items = manager.Queue()
        process = child(put, items)
        item = items.get()
        process.join()  # it has still to hear from the manager that the item was taken
        return item


@operation
def pool_map():
    with context.Pool(1) as pool:
        return pool.map(square, [2, 3])


@operation
def pool_result():
    with context.Pool(1) as pool:
        return pool.apply_async(square, [4]).get(LONG)


@operation
def pool_join():
    with context.Pool(1) as pool:
        result = pool.apply_async(slow)
        pool.close()
        return pool.join(), result.get()


@operation
def executor():
    with concurrent.futures.ProcessPoolExecutor(1, context) as executor:
        return executor.submit(square, 5).result()


# -- asyncio -----------------------------------------------------------------------------------------------------------


async def read():
    left, right = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=left)
    later(right.sendall, b"line\n")
    line = await reader.readline()
    writer.close()
    return line


async def communicate():
    process = await asyncio.create_subprocess_exec("cat", stdin=-1, stdout=-1)
    later(loop_call, asyncio.get_running_loop(), process.stdin.close)
    return await process.stdout.read(), await process.wait()


def loop_call(loop, function):
    loop.call_soon_threadsafe(function)


@operation
def asyncio_sleep():
    return asyncio.run(asyncio.sleep(SHORT, "slept"))


@operation
def asyncio_stream():
    return asyncio.run(read())


@operation
def asyncio_process():
    return asyncio.run(communicate())


@operation
def asyncio_to_thread():
    return asyncio.run(asyncio.to_thread(slow))


@operation
def asyncio_in_thread():
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    result = asyncio.run_coroutine_threadsafe(read(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
    return result


@operation
def asyncio_in_several_threads():
    results = []
    threads = [threading.Thread(target=lambda: results.append(asyncio.run(read()))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    children = []
    perform()
    for process in children:
        process.join()
