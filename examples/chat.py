"""A chat room on plain TCP sockets: a thread for each guest on the server, two for each guest's own side.

Twenty guests join, each says one line, and everybody hears everything.
"""

import socket
import threading

GUESTS = 20


def host(listener):
    """Accept the guests, then pass on every line to all of them."""
    with listener:
        room = [listener.accept()[0] for _ in range(GUESTS)]
    for guest in room:
        threading.Thread(target=pass_on, args=(guest, room)).start()


def pass_on(guest, room):
    """Ends when the guest leaves, which is after the last line of all: nobody is sent anything any more."""
    with guest, guest.makefile("rb") as lines:
        for line in lines:
            for other in room:
                other.sendall(line)


def visit(address, name, heard):
    with socket.create_connection(address, timeout=10) as sock:
        ear = threading.Thread(target=listen, args=(sock, heard))
        ear.start()
        sock.sendall(f"hello from {name}\n".encode())
        ear.join()


def listen(sock, heard):
    with sock.makefile() as lines:
        heard.append(sorted(next(lines).strip() for _ in range(GUESTS)))


def main():
    listener = socket.create_server(("127.0.0.1", 0), backlog=GUESTS)
    threading.Thread(target=host, args=(listener,)).start()
    heard = []
    guests = [threading.Thread(target=visit, args=(listener.getsockname(), n, heard)) for n in range(GUESTS)]
    for guest in guests:
        guest.start()
    for guest in guests:
        guest.join()
    print(f"{len(heard)} guests heard {len(heard[0])} lines each, all the same: {all(h == heard[0] for h in heard)}")


if __name__ == "__main__":
    main()
