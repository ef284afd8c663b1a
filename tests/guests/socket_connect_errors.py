"""connect: refused, unreachable, bad addresses, with and without a time-out."""

import errno
import socket
import threading

with socket.socket() as unused:
    unused.bind(("127.0.0.1", 0))
    address = unused.getsockname()


def attempt(call, *args, **kwargs):
    try:
        result = call(*args, **kwargs)
        print(errno.errorcode.get(result, result))
    except Exception as error:
        print(type(error).__name__, str(error).replace(str(address[1]), "port"))


def show():
    for timeout in (None, 5):
        with socket.socket() as client:
            client.settimeout(timeout)
            attempt(client.connect, address)
            attempt(client.recv, 1)  # what is left behind differs by how it failed
            attempt(client.send, b"x")
        with socket.socket() as client:
            client.settimeout(timeout)
            attempt(client.connect_ex, address)
    with socket.socket() as client:
        attempt(client.connect, ("127.0.0.1", 70000))
        attempt(client.connect, ("127.0.0.1",))
        attempt(client.connect, "text")
        attempt(client.connect, (5, 5))
        attempt(client.connect, ("not a name", "port"))
        attempt(client.recv, 1)
        attempt(client.send, b"x")
        attempt(client.accept)
        attempt(client.listen, "text")
        attempt(client.getpeername)
    attempt(client.connect, address)
    attempt(socket.create_connection, address)
    attempt(socket.create_connection, address, 5)
    attempt(socket.create_connection, address, all_errors=True)
    attempt(socket.create_connection, ("127.0.0.1", "no such service"))
    attempt(socket.create_server, ("127.0.0.1", 70000))


show()
thread = threading.Thread(target=show)
thread.start()
thread.join()
