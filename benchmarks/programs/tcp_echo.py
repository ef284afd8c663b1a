"""TCP with time-outs: clients and a server with one thread for each connection, all in one program.

Usage: tcp_echo.py CLIENTS SECONDS. The value is the time of one round trip of 64 bytes. Both ends have a time-out, so
every send and receive is a wait with a deadline. Needs two file descriptors a client.
"""

import json
import socket
import sys
import threading
import time

TIMEOUT = 30
MESSAGE = b"x" * 64
TRIPS_PER_LOOK_AT_THE_CLOCK = 10


def answer(connection: socket.socket) -> None:
    connection.settimeout(TIMEOUT)
    with connection:
        while data := connection.recv(4096):
            connection.sendall(data)


def serve(listener: socket.socket, clients: int) -> None:
    threads = [threading.Thread(target=answer, args=(listener.accept()[0],)) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def talk(sock: socket.socket, seconds: float) -> int:
    count, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        for _ in range(TRIPS_PER_LOOK_AT_THE_CLOCK):
            sock.sendall(MESSAGE)
            sock.recv(4096)
        count += TRIPS_PER_LOOK_AT_THE_CLOCK
    return count


def call(address: tuple[str, int], start: threading.Barrier, seconds: float, counts: list[int]) -> None:
    with socket.create_connection(address, timeout=TIMEOUT) as sock:
        start.wait()
        counts.append(talk(sock, seconds))


def main(clients: int, seconds: float) -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=clients)
    start, counts = threading.Barrier(clients + 1), list[int]()
    client = (listener.getsockname(), start, seconds, counts)
    threads = [threading.Thread(target=serve, args=(listener, clients))]
    threads += [threading.Thread(target=call, args=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    start.wait()
    begin = time.perf_counter()
    for thread in threads:
        thread.join()
    each = (time.perf_counter() - begin) / sum(counts)
    print(json.dumps({"name": "tcp echo", "unit": "us", "value": each * 1e6, "clients": clients, "trips": sum(counts)}))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
