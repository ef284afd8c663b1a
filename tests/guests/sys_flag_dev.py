# flags: -X dev
# stderr: yes
"""-X dev shows deprecations and leaks, the program's own and no other."""

import asyncio
import faulthandler
import queue
import socket
import sys
import threading
import warnings


def leak():
    open(__file__)
    print(faulthandler.is_enabled(), sys.flags.dev_mode, warnings.filters[:2])


async def debug():
    print(asyncio.get_running_loop().get_debug())


leak()
thread = threading.Thread(target=leak)
thread.start()
thread.join()
with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
    peer, _ = server.accept()
    peer.close()
    print(client.recv(1), queue.Queue().empty())
asyncio.run(debug())
warnings.warn("shown", DeprecationWarning, stacklevel=1)
