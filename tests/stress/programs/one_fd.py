"""Two threads read one fd, each by a call of another kind, while a third one spins by calls that never wait.

All pairs of calls that wait for data. Each byte must come to one of the two, and both must see the end. A wake-up that
goes to one who only looks, or that is put aside for a hub whose turn never comes, leaves the other one waiting.
"""

import itertools
import os
import random
import select
import selectors
import socket
import sys
import threading
import time

SEED = sys.argv[1]
BYTES = int(sys.argv[2])


def by_read(sock):
    return os.read(sock.fileno(), 1)


def by_readv(sock):
    buffer = bytearray(1)
    return bytes(buffer[: os.readv(sock.fileno(), [buffer])])


def by_recv(sock):
    return sock.recv(1)


def by_recv_into(sock):
    buffer = bytearray(1)
    return bytes(buffer[: sock.recv_into(buffer)])


def by_recvmsg(sock):
    return sock.recvmsg(1)[0]


def tries(sock):
    """None if the other one was quicker."""
    try:
        return sock.recv(1, socket.MSG_DONTWAIT)
    except BlockingIOError:
        return None


def by_select(sock):
    select.select([sock], [], [])
    return tries(sock)


def by_select_in_time(sock):
    select.select([sock], [], [], 0.002)
    return tries(sock)


def by_poll(sock):
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    poll.poll()
    return tries(sock)


def by_epoll(sock):
    with select.epoll() as epoll:
        epoll.register(sock, select.EPOLLIN)
        epoll.poll()
        return tries(sock)


def by_selector(sock):
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ)
        selector.select()
        return tries(sock)


def by_spinning(sock):
    return tries(sock)


CALLS = [
    by_read, by_readv, by_recv, by_recv_into, by_recvmsg, by_select, by_select_in_time, by_poll, by_epoll, by_selector,
    by_spinning,
]  # fmt: skip


def consume(call, sock, got):
    while True:
        data = call(sock)
        if data == b"":
            return
        if data:
            got.append(data)


def spin(sock, stop):
    while not stop.is_set():
        select.select([], [sock], [], 0)


def play(first, second, dice):
    reader, writer = socket.socketpair()
    got, stop = [], threading.Event()
    consumers = [threading.Thread(target=consume, args=(call, reader, got)) for call in (first, second)]
    spinner = threading.Thread(target=spin, args=(writer, stop))
    for thread in (*consumers, spinner):
        thread.start()
    for number in range(BYTES):
        writer.sendall(bytes((number % 251,)))
        if dice.random() < 0.3:
            time.sleep(dice.choice([0, 0.0002]))
    writer.shutdown(socket.SHUT_WR)
    for thread in consumers:
        thread.join()
    stop.set()
    spinner.join()
    reader.close()
    writer.close()
    return sorted(b"".join(got)) == sorted(number % 251 for number in range(BYTES))


dice = random.Random(SEED)
pairs = list(itertools.combinations_with_replacement(CALLS, 2))
wrong = [f"{first.__name__} {second.__name__}" for first, second in pairs if not play(first, second, dice)]
print(len(pairs), "pairs, wrong", wrong)
