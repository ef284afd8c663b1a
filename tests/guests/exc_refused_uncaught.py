# ends: 1
# stderr: yes
"""An uncaught refused connection: by the method in a thread, by create_connection in main."""

import socket
import threading

with socket.socket() as unused:
    unused.bind(("127.0.0.1", 0))
    address = unused.getsockname()


def connect():
    with socket.socket() as client:
        client.connect(address)


thread = threading.Thread(target=connect)
thread.start()
thread.join()
socket.create_connection(address)
