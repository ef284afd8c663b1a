"""Socket waits: pairs of threads that throw one byte to and fro through a socket pair.

Usage: ping_pong.py PAIRS SECONDS. The value is the time of one round trip (two sends, two receives). Needs two file
descriptors a pair.
"""

import json
import socket
import sys
import threading
import time

TRIPS_PER_LOOK_AT_THE_CLOCK = 10


def ping(sock: socket.socket, gate: threading.Event, seconds: float, counts: list[int]) -> None:
    gate.wait()
    count, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        for _ in range(TRIPS_PER_LOOK_AT_THE_CLOCK):
            sock.send(b"x")
            sock.recv(1)
        count += TRIPS_PER_LOOK_AT_THE_CLOCK
    counts.append(count)
    sock.close()


def pong(sock: socket.socket) -> None:
    while data := sock.recv(1):
        sock.send(data)
    sock.close()


def main(pairs: int, seconds: float) -> None:
    gate, counts, threads = threading.Event(), list[int](), list[threading.Thread]()
    for _ in range(pairs):
        left, right = socket.socketpair()
        threads.append(threading.Thread(target=ping, args=(left, gate, seconds, counts)))
        threads.append(threading.Thread(target=pong, args=(right,)))
    for thread in threads:
        thread.start()
    begin = time.perf_counter()
    gate.set()
    for thread in threads:
        thread.join()
    each = (time.perf_counter() - begin) / sum(counts)
    print(json.dumps({"name": "ping-pong", "unit": "us", "value": each * 1e6, "pairs": pairs, "trips": sum(counts)}))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
