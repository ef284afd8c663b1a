"""redis-py from many threads at once: blocking pops, time-outs, counters, transactions, locks, published messages."""

import hashlib
import sys
import threading
import time

import redis

THREADS = int(sys.argv[2])
MESSAGES = 20
KEEPERS = 20

client = redis.Redis(port=int(sys.argv[1]), max_connections=THREADS + 50, socket_timeout=50)


def pop_job(number):
    """Waits until the foreman hands out the jobs."""
    return client.blpop("jobs", timeout=0)[1].decode()


def pop_nothing(number):
    return client.blpop(f"nothing:{number}", timeout=0.3)


def count(number):
    for _ in range(10):
        client.incr("counter")
    with client.pipeline() as pipe:
        pipe.hincrby("sums", f"group {number % 7}", number).rpush("order", number).expire("order", 600)
        return pipe.execute()[2]


def bump(number):
    """An optimistic transaction, tried until nobody interferes."""

    def step(pipe):
        value = int(pipe.get("watched") or 0)
        pipe.multi()
        pipe.set("watched", value + 1)

    return client.transaction(step, "watched")


def keep(number):
    """Reads, dawdles and writes under a lock that lives in the server."""
    if number >= KEEPERS:
        return None
    with client.lock("keeper", timeout=50, sleep=0.01):
        value = int(client.get("kept") or 0)
        time.sleep(0.005)
        return client.set("kept", value + 1)


def listen(number):
    with client.pubsub(ignore_subscribe_messages=True) as channel:
        channel.subscribe("news")
        heard = []
        while len(heard) < MESSAGES:
            message = channel.get_message(timeout=50)
            if message is not None:
                heard.append(message["data"].decode())
        return hashlib.sha256(repr(heard).encode()).hexdigest()


def hand_out():
    """When every worker waits inside the server."""
    while client.info("clients")["blocked_clients"] < THREADS:
        time.sleep(0.02)
    for number in range(THREADS):
        client.rpush("jobs", f"job {number}")


def publish():
    while dict(client.pubsub_numsub("news"))[b"news"] < THREADS:
        time.sleep(0.02)
    for number in range(MESSAGES):
        client.publish("news", f"message {number}")


def in_threads(work, meanwhile=lambda: None):
    answers = [None] * THREADS

    def one(number):
        answers[number] = work(number)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    meanwhile()
    for thread in threads:
        thread.join()
    return answers


client.flushall()
jobs = in_threads(pop_job, hand_out)
print("jobs", len(set(jobs)), hashlib.sha256(repr(sorted(jobs)).encode()).hexdigest())
print("nothing", set(in_threads(pop_nothing)))
print("expires", set(in_threads(count)))
print("counter", int(client.get("counter")), "order", sorted(map(int, client.lrange("order", 0, -1)))[-1])
print("sums", sorted(client.hgetall("sums").items()))
print("bumps", len(in_threads(bump)), "watched", int(client.get("watched")))
print("keepers", in_threads(keep).count(True), "kept", int(client.get("kept")))
print("news", set(in_threads(listen, publish)))
client.close()
