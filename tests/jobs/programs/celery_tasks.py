"""Celery tasks and, as a program, who asks for them: of two workers, `a` and `b`, that also have a queue each.

Usage: celery_tasks.py TASKS, with redis's port in REDIS_PORT.
"""

import os
import signal
import sys
import time

import redis
from celery import Celery, chain, chord, group
from celery.exceptions import MaxRetriesExceededError, SoftTimeLimitExceeded
from celery.signals import worker_ready, worker_shutting_down

URL = f"redis://127.0.0.1:{os.environ['REDIS_PORT']}"
LIMIT = 60  # seconds

app = Celery("celery_tasks", broker=f"{URL}/0", backend=f"{URL}/1")
app.conf.update(
    broker_connection_retry_on_startup=True,
    broker_transport_options={"polling_interval": 0.05},
    task_default_queue="any",
    worker_prefetch_multiplier=1,
)
store = redis.Redis.from_url(f"{URL}/2", max_connections=1000)


@app.task
def square(number):
    time.sleep(0.2)
    return number * number


@app.task
def add(numbers):
    return sum(numbers)


@app.task
def hold(what):
    """Ends when somebody says so."""
    store.incr(f"{what} held")
    return store.blpop(f"{what} go", LIMIT)[1].decode()


@app.task(bind=True, max_retries=3)
def retried(self, number):
    if self.request.retries < number % 4:
        raise self.retry(countdown=0.05)
    return number, self.request.retries


@app.task(bind=True, max_retries=1)
def hopeless(self):
    try:
        raise self.retry(countdown=0.05)
    except MaxRetriesExceededError as error:
        return f"{self.request.retries}: {type(error).__name__}"


@app.task(autoretry_for=(KeyError,), retry_backoff=False, max_retries=1, default_retry_delay=0.05)
def failing():
    raise KeyError("always")


@app.task(soft_time_limit=0.1, time_limit=0.2)
def limited():
    """A pool of threads has no means to stop a task, so limits do nothing there."""
    try:
        time.sleep(0.5)
    except SoftTimeLimitExceeded:
        return "stopped"
    return "not stopped"


@worker_ready.connect
def count_ready(**_):
    store.incr("ready")


@worker_shutting_down.connect
def count_shutdown(**_):
    """Within the signal's handler."""
    redis.Redis.from_url(f"{URL}/2").incr("shutting down")


def wait_until(key, count):
    end = time.monotonic() + LIMIT
    while int(store.get(key) or 0) < count:
        assert time.monotonic() < end, (key, store.get(key), count)
        time.sleep(0.02)


def held_in_both(what, count):
    """`count` tasks that all run at the same time, half of them in each worker."""
    results = [hold.apply_async((what,), queue="ab"[number % 2]) for number in range(count)]
    wait_until(f"{what} held", count)
    return results


def release(what, results):
    store.lpush(f"{what} go", *range(len(results)))
    return sorted(int(result.get(LIMIT)) for result in results) == list(range(len(results)))


def get_error(result):
    try:
        return result.get(LIMIT)
    except KeyError as error:
        return repr(error)


def main(count):
    wait_until("ready", 2)
    print("met", release("meeting", held_in_both("meeting", count)))
    print("group", sum(group(square.s(number) for number in range(50))().get(LIMIT)))
    print("chain", chain(square.s(3), square.s())().get(LIMIT))
    print("chord", chord((square.s(number) for number in range(20)), add.s())().get(LIMIT))
    results = [retried.delay(number) for number in range(12)]
    print("retried", [result.get(LIMIT) for result in results])
    print("hopeless", hopeless.delay().get(LIMIT))
    print("failing", get_error(failing.delay()))
    print("limited", limited.delay().get(LIMIT))

    workers = app.control.inspect(timeout=LIMIT, limit=2).stats()
    print("workers", [(name, workers[name]["pool"]["max-concurrency"]) for name in sorted(workers)])
    held = held_in_both("shutdown", count)
    for worker in workers.values():
        os.kill(worker["pid"], signal.SIGTERM)
    wait_until("shutting down", 2)
    print("warm shutdown", release("shutdown", held))


if __name__ == "__main__":
    main(int(sys.argv[1]))
