"""Every selector class: register, select with time-outs, modify, unregister, the map, errors."""

import selectors
import socket
import threading

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


def attempt(call, *args):
    try:
        return call(*args)
    except Exception as error:
        return type(error).__name__, str(error).split(" <")[0]


def show(make):
    left, right = socket.socketpair()
    with left, right, make() as selector:
        key = selector.register(left, READ, data="left")
        print(make.__name__, key.data, key.events, selector.select(0), selector.select(0.01), selector.select(-1))
        threading.Timer(0.01, right.send, (b"x",)).start()
        print([(key.data, events) for key, events in selector.select(5)], left.recv(1))
        selector.modify(left, READ | WRITE, "both")
        print([(key.data, events) for key, events in selector.select()], len(selector.get_map()))
        error = attempt(selector.register, left, READ)
        print(error[0], attempt(selector.unregister, right)[0], attempt(selector.register, right, 0)[0])
        print(attempt(selector.get_key, right)[0], selector.unregister(left).data, selector.select(0.001))
    print(attempt(selector.get_key, left), selector.get_map())


for name in ("SelectSelector", "PollSelector", "EpollSelector", "DefaultSelector"):
    make = getattr(selectors, name)
    show(make)
    thread = threading.Thread(target=show, args=(make,))
    thread.start()
    thread.join()
