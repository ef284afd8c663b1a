"""Sockets are closed while others wait on them, and their fd numbers are given out again at once.

Whoever waited on a closed socket gets an error or the end of the stream, never the data of the socket that has the
number now; whoever waits on the new one gets just its own.
"""

import os
import random
import socket
import sys
import threading
import time
from collections import Counter

SEED = sys.argv[1]
ROUNDS = int(sys.argv[2])
WAITERS = 24

dice = random.Random(SEED)
outcomes = Counter()
counting = threading.Lock()


def count(outcome):
    with counting:
        outcomes[outcome] += 1


def wait_for(sock, receive, expected):
    """Counts what a wait came to; `expected` is the data that may come, None when there must be none."""
    try:
        data = receive(sock)
    except OSError:
        count("ended" if expected is None else "lost")
    else:
        if not data:
            count("ended" if expected is None else "lost")
        else:
            count("right data" if data == expected else "wrong data")


def receive_into(sock):
    buffer = bytearray(100)
    return bytes(buffer[: sock.recv_into(buffer)])


def receive_file(sock):
    with sock.makefile("rb", buffering=0) as file:
        return file.read(100)


RECEIVERS = [lambda sock: sock.recv(100), receive_into, receive_file, lambda sock: sock.recvfrom(100)[0]]


class Waiter:
    """A pair of sockets with a thread that waits on one of them."""

    def __init__(self, expected):
        self.mine, self.other = socket.socketpair()
        self.mine.settimeout(dice.choice([None, 1 if expected is None else 50]))
        self.token = expected
        receive = dice.choice(RECEIVERS)
        self.thread = threading.Thread(target=wait_for, args=(self.mine, receive, expected))
        self.thread.start()

    def close(self):
        self.mine.close()

    def detach(self):
        os.close(self.mine.detach())

    def shut_down(self):
        self.mine.shutdown(socket.SHUT_RDWR)
        self.mine.close()

    def hang_up(self):
        self.other.close()

    def finish(self):
        """Under plain python a wait on a closed socket goes on until the other side ends or the time is up."""
        self.other.close()
        self.thread.join()
        self.mine.close()


def close_and_reuse():
    """Half of the waiters lose their sockets, one after the other; new ones take over the numbers and get data."""
    doomed = [Waiter(None) for _ in range(WAITERS)]
    kept = [Waiter(f"kept {number}".encode()) for number in range(WAITERS)]
    time.sleep(0.05)
    heirs = []
    for waiter in dice.sample(doomed, WAITERS):
        dice.choice([waiter.close, waiter.detach, waiter.shut_down, waiter.hang_up])()
        heir = Waiter(f"heir {len(heirs)}".encode())
        heirs.append(heir)
        if dice.random() < 0.5:
            heir.other.sendall(heir.token)
            heir.token = None
    for waiter in dice.sample(kept + heirs, 2 * WAITERS):
        if waiter.token is not None:
            waiter.other.sendall(waiter.token)
    for waiter in kept + heirs:
        waiter.thread.join()
    for waiter in doomed:
        waiter.other.close()
    for waiter in doomed + kept + heirs:
        waiter.finish()


def accept_one(listener):
    try:
        connection, _ = listener.accept()
    except OSError:
        count("listener ended")
    else:
        count("accepted")
        connection.close()


def listening(patience):
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(dice.choice([None, patience]))
    return listener, listener.getsockname()


def shut_listeners():
    """Waiters in accept() get an error when their listener ends; the next listener on that number gets its own call."""
    for _ in range(4):
        listener, _ = listening(1)
        old = [threading.Thread(target=accept_one, args=(listener,)) for _ in range(3)]
        for thread in old:
            thread.start()
        time.sleep(0.02)
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        heir, address = listening(50)
        new = threading.Thread(target=accept_one, args=(heir,))
        new.start()
        socket.create_connection(address).close()
        for thread in [*old, new]:
            thread.join()
        heir.close()


def fill(sock):
    """Sends until the other side is gone or the socket is."""
    try:
        while True:
            sock.send(b"x" * 65536)
    except OSError:
        count("sender ended")


def close_under_senders():
    pairs = [socket.socketpair() for _ in range(WAITERS)]
    senders = [threading.Thread(target=fill, args=(mine,)) for mine, _ in pairs]
    for thread in senders:
        thread.start()
    time.sleep(0.05)
    for mine, other in pairs:
        if dice.random() < 0.5:
            mine.shutdown(socket.SHUT_RDWR)
            mine.close()
        other.close()
    for thread in senders:
        thread.join()
    for mine, _ in pairs:
        mine.close()


for _ in range(ROUNDS):
    close_and_reuse()
    shut_listeners()
    close_under_senders()
for outcome in sorted(outcomes):
    print(outcome, outcomes[outcome])
