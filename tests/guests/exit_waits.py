"""What is destroyed last, while the interpreter is finalised, waits like anybody else."""

import os
import queue
import select
import signal
import socket
import subprocess
import sys
import threading
import time


class Late:
    def __init__(self, *calls):
        self.calls = calls
        self.ring = self

    def __del__(self, say=os.write):
        for call in self.calls:
            try:
                result = call()
            except Exception as error:
                result = type(error).__name__
            say(1, f"{call.__name__} {result!r}\n".encode())


def sleep_0():
    return time.sleep(0)


def sleep():
    return time.sleep(0.001)


def free_lock():
    return threading.RLock().acquire()


def held_lock():
    return held.acquire(timeout=0.01)


def event():
    return threading.Event().wait(0.01)


def condition():
    with threading.Condition() as it:
        return it.wait(0.01)


def empty_queue():
    return queue.Queue().get(timeout=0.01)


def empty_simple_queue():
    return queue.SimpleQueue().get(timeout=0.01)


def received():
    left, right = socket.socketpair()
    left.send(b"x")
    return right.recv(10)


def received_late():
    left, right = socket.socketpair()
    right.settimeout(0.01)
    return right.recv(10)


def connected():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        server.accept()[0].send(b"hello")
        return client.recv(10)


def nothing_selected():
    return select.select([os.pipe()[0]], [], [], 0.01)


def nothing_polled():
    poll = select.poll()
    poll.register(os.pipe()[0], select.POLLIN)
    return poll.poll(10)


def child():
    return slow.wait()


def system():
    return os.system("exit 3")


def read_from_pipe():
    r, w = os.pipe()
    os.write(w, b"z")
    return os.read(r, 1)


def read_from_file():
    r, w = os.pipe()
    with os.fdopen(w, "wb") as out:
        out.write(b"line\n")
    return os.fdopen(r, "rb").readline()


def waited_for_signal():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    os.kill(os.getpid(), signal.SIGUSR1)
    return signal.sigtimedwait([signal.SIGUSR1], 10).si_signo


def forked():  # RuntimeError from 3.12 on
    return os.waitpid(os.fork() or os._exit(4), 0)[1]


held = threading.Lock()
held.acquire()
slow = subprocess.Popen(["sleep", "0.1"])
late = Late(*[value for name, value in list(globals().items()) if callable(value) and name != "Late"])
print(len(late.calls))
sys.stdout.flush()
threading.Thread(target=time.sleep, args=(0.001,)).start()
