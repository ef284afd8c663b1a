"""Functions that wait keep their names, doc strings and way of being pickled, and signatures where there are any."""

import _thread
import inspect
import pickle
import queue
import re
import select
import selectors
import signal
import socket
import subprocess
import threading
import time

OWNERS = {
    time: "sleep",
    _thread: "start_new_thread get_ident allocate_lock exit interrupt_main stack_size _count get_native_id",
    threading: "Lock RLock get_ident current_thread main_thread enumerate active_count excepthook settrace",
    threading.Thread: "start join run is_alive ident name daemon native_id",
    threading.Condition: "wait wait_for notify notify_all",
    threading.Event: "wait set clear is_set",
    queue.Queue: "get put join task_done get_nowait",
    queue: "SimpleQueue Empty Full",
    socket: "socket socketpair create_connection create_server getaddrinfo gethostbyname gethostbyaddr getnameinfo",
    socket.socket: "accept connect connect_ex recv recv_into recvfrom recvfrom_into recvmsg recvmsg_into send sendall "
    "sendto sendmsg sendfile makefile settimeout setblocking close shutdown detach dup",
    select: "select poll epoll",
    selectors: "DefaultSelector SelectSelector PollSelector EpollSelector",
    subprocess: "run Popen",
    signal: "signal getsignal pthread_kill sigwait pause",
}

WRITTEN_IN_PYTHON = (threading.Thread, threading.Condition, threading.Event, queue.Queue, selectors, subprocess)


def signature(owner, thing):
    if owner not in WRITTEN_IN_PYTHON or not callable(thing):
        return ""
    return re.sub("0x[0-9a-f]+", "..", str(inspect.signature(thing)))


def pickled(thing):
    try:
        return pickle.loads(pickle.dumps(thing)) is thing
    except Exception as error:
        return type(error).__name__


for owner, names in OWNERS.items():
    for name in names.split():
        thing = getattr(owner, name)
        described = [getattr(thing, f"__{part}__", None) for part in ("module", "name", "qualname")]
        text = getattr(thing, "__doc__", None)
        print(
            owner.__name__, name, *described, signature(owner, thing), pickled(thing), len(text or ""), callable(thing)
        )
