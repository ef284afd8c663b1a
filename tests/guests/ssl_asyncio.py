"""asyncio with TLS, beside threads with TLS of the blocking kind, in both directions."""

import asyncio
import socket
import ssl
import threading

CERTIFICATE = "../certificates/localhost.pem"
server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server_context.load_cert_chain(CERTIFICATE)
context = ssl.create_default_context(cafile=CERTIFICATE)
BIG = bytes(range(256)) * 2000


async def serve(reader, writer):
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()
    writer.close()


def talk_blocking(where):
    with context.wrap_socket(socket.create_connection(where), server_hostname="localhost") as client:
        client.sendall(b"?")
        client.recv(1)
        sending = threading.Thread(target=client.sendall, args=(BIG,))
        sending.start()
        got = bytearray()
        while len(got) < len(BIG):
            got += client.recv(1 << 16)
        sending.join()
        return got == BIG


async def talk(where):
    reader, writer = await asyncio.open_connection(*where, ssl=context, server_hostname="localhost")
    writer.write(BIG)
    got = await reader.readexactly(len(BIG))
    writer.close()
    await writer.wait_closed()
    return got == BIG


def serve_blocking(listener):
    with server_context.wrap_socket(listener.accept()[0], server_side=True) as peer:
        peer.settimeout(30)
        while data := peer.recv(1 << 16):
            peer.sendall(data)


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=server_context)
    where = server.sockets[0].getsockname()
    print(await asyncio.gather(*(asyncio.to_thread(talk_blocking, where) for _ in range(3)), *map(talk, [where] * 3)))
    server.close()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = threading.Thread(target=serve_blocking, args=(listener,))
        serving.start()
        print(await talk(listener.getsockname()))
        await asyncio.to_thread(serving.join)


asyncio.run(main())
