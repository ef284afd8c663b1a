"""Name resolution, in main and in threads: local names, numbers, services, and what is refused."""

import socket
import threading


def attempt(call, *args, **kwargs):
    try:
        return call.__name__, call(*args, **kwargs)
    except Exception as error:
        return call.__name__, type(error).__name__, error.args


def show():
    tcp = {"type": socket.SOCK_STREAM}
    return [
        attempt(socket.getaddrinfo, "localhost", 80, socket.AF_INET, **tcp),
        attempt(socket.getaddrinfo, "127.0.0.1", "80", **tcp),
        attempt(socket.getaddrinfo, b"127.0.0.1", b"80", **tcp),
        attempt(socket.getaddrinfo, None, 0, socket.AF_INET, flags=socket.AI_PASSIVE, **tcp),
        attempt(socket.getaddrinfo, host="127.0.0.1", port=None, family=socket.AF_INET, proto=6),
        attempt(socket.getaddrinfo, "::1", 80, **tcp),
        attempt(socket.getaddrinfo, "not a number", 80, flags=socket.AI_NUMERICHOST),
        attempt(socket.getaddrinfo, "127.0.0.1", "no such service"),
        attempt(socket.getaddrinfo, "x" * 64 + ".invalid", 80),
        attempt(socket.getaddrinfo, "a\0b", 80),
        attempt(socket.getaddrinfo, 5, 80),
        attempt(socket.getaddrinfo, "localhost", 1.5),
        attempt(socket.getaddrinfo, "localhost"),
        attempt(socket.gethostbyname, "localhost"),
        attempt(socket.gethostbyname, "127.0.0.1"),
        attempt(socket.gethostbyname, ""),
        attempt(socket.gethostbyname, 5),
        attempt(socket.gethostbyname, "x" * 64),
        attempt(socket.gethostbyname_ex, "127.0.0.1"),
        attempt(socket.gethostbyaddr, "127.0.0.1"),
        attempt(socket.getnameinfo, ("127.0.0.1", 80), socket.NI_NUMERICHOST | socket.NI_NUMERICSERV),
        attempt(socket.getnameinfo, ("name", 80), 0),
        attempt(socket.getnameinfo, "text", 0),
        attempt(socket.getfqdn, "127.0.0.1"),
    ]


found = show()
for line in found:
    print(line)
answers = []
threads = [threading.Thread(target=lambda: answers.append(repr(show()))) for _ in range(5)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print([answer == repr(found) for answer in answers])
