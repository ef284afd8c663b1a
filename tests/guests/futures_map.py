"""ThreadPoolExecutor: map, submit, callbacks, names, and as_completed."""

import concurrent.futures
import re
import threading
import time


def name_of(number):
    time.sleep(0.002)
    return threading.current_thread().name


with concurrent.futures.ThreadPoolExecutor(4, thread_name_prefix="worker") as pool:
    print(list(pool.map(pow, range(10), [2] * 10)))
    print(sorted(set(pool.map(name_of, range(40)))))
    futures = {pool.submit(time.sleep, delay): delay for delay in (0.09, 0.01, 0.05)}
    print([futures[future] for future in concurrent.futures.as_completed(futures)])
    future = pool.submit(divmod, 7, 3)
    future.add_done_callback(lambda done: print("callback", done.result()))
    print(
        future.result(5), future.done(), future.running(), future.cancelled(), re.sub("0x[0-9a-f]+", "..", repr(future))
    )
    barrier = threading.Barrier(4)
    print(sorted(pool.map(lambda _: barrier.wait(5), range(4))))
with concurrent.futures.ThreadPoolExecutor() as pool:
    print(pool.submit(name_of, 1).result(), len(list(pool.map(name_of, range(5)))))
