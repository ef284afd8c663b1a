"""Time-outs, wait, cancel and shutdown of a pool."""

import concurrent.futures
import re
import threading

FIRST = concurrent.futures.FIRST_COMPLETED


def attempt(call, *args, **kwargs):
    try:
        print(call(*args, **kwargs))
    except BaseException as error:
        print(type(error).__name__, error)


leave, entered = threading.Event(), threading.Event()
pool = concurrent.futures.ThreadPoolExecutor(1)
running = pool.submit(lambda: (entered.set(), leave.wait())[1])
entered.wait()
waiting = pool.submit(print, "never printed")
attempt(running.result, 0.01)
attempt(running.exception, timeout=0.01)
attempt(list, concurrent.futures.as_completed([running, waiting], timeout=0.01))
attempt(next, pool.map(int, ["1"], timeout=0.01))
print(running.cancel(), waiting.cancel(), waiting.cancelled(), running.running())
attempt(waiting.result)
done, not_done = concurrent.futures.wait([running, waiting], timeout=0.01)
print(len(done), len(not_done), done == {waiting})
print(re.sub("0x[0-9a-f]+", "..", repr(running)), re.sub("0x[0-9a-f]+", "..", repr(waiting)))
threading.Timer(0.02, leave.set).start()
print(len(concurrent.futures.wait([running], return_when=FIRST).done), running.result())
leave.clear()
entered.clear()
running = pool.submit(lambda: (entered.set(), leave.wait())[1])
entered.wait()
pending = [pool.submit(print, "never printed") for _ in range(3)]
pool.shutdown(wait=False, cancel_futures=True)
leave.set()
print(running.result(), [future.cancelled() for future in pending])
attempt(pool.submit, print)
