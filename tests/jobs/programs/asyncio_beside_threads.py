"""An asyncio server, threads that ask it over blocking sockets, and a second loop in one of the threads."""

import asyncio
import hashlib
import socket
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

CLIENTS = int(sys.argv[1])
DELAY = 0.2


def blocking(text):
    time.sleep(DELAY)
    return f"{text} in an executor, loop here: {running()}"


def running():
    try:
        asyncio.get_running_loop()
    except RuntimeError as error:
        return str(error)
    return "yes"


class Site:
    def __init__(self):
        self.arrived = 0
        self.gate = asyncio.Event()
        self.counted = Counter()
        self.ready = threading.Event()

    async def meet(self, text):
        self.arrived += 1
        if self.arrived == CLIENTS:
            self.gate.set()
        await self.gate.wait()
        return f"{text} met"

    async def nap(self, text):
        await asyncio.sleep(DELAY)
        return f"{text} napped as {type(asyncio.current_task()).__name__}"

    async def thread(self, text):
        return await asyncio.to_thread(blocking, text)

    async def late(self, text):
        try:
            async with asyncio.timeout(0.05):
                await asyncio.sleep(DELAY * 100)
        except TimeoutError:
            return f"{text} was late"

    async def tasks(self, text):
        async with asyncio.TaskGroup() as group:
            parts = [group.create_task(asyncio.sleep(DELAY / (1 + number), number)) for number in range(3)]
        return f"{text} {[part.result() for part in parts]}"

    async def serve(self, reader, writer):
        while line := await reader.readline():
            what, _, text = line.decode().strip().partition(" ")
            self.counted[what] += 1
            answer = await getattr(self, what)(text)
            writer.write(f"{answer}\n".encode())
            await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def main(self):
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(CLIENTS))
        self.stopping = asyncio.Event()
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        self.loop = loop
        self.ready.set()
        async with server:
            await self.stopping.wait()
        return "served"


def by_blocking_socket(number):
    with (
        socket.create_connection(("127.0.0.1", site.port), timeout=50) as connection,
        connection.makefile("rw") as lines,
    ):

        def ask(what):
            print(what, number, file=lines, flush=True)
            return lines.readline()

        return [ask(what) for what in ("meet", "nap", "thread", "late", "tasks")]


def by_a_loop_of_its_own(number):
    async def ask():
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        answers = []
        for what in ("meet", "nap", "thread", "late", "tasks"):
            writer.write(f"{what} {number}\n".encode())
            answers.append((await reader.readline()).decode())
        writer.close()
        await writer.wait_closed()
        return answers

    return asyncio.run(ask())


def across(number):
    """From a thread into the server's loop."""
    return asyncio.run_coroutine_threadsafe(site.nap(f"across {number}"), site.loop).result(50)


def clients():
    site.ready.wait()
    with ThreadPoolExecutor(CLIENTS) as pool:
        ways = [(by_blocking_socket, by_a_loop_of_its_own)[number % 4 == 3] for number in range(CLIENTS)]
        answers = list(pool.map(lambda way, number: way(number), ways, range(CLIENTS)))
        naps = list(pool.map(across, range(CLIENTS)))
    print("counted", sorted(site.counted.items()))
    print("first", answers[0], answers[3], naps[0])
    print("digest", hashlib.sha256(repr((answers, naps)).encode()).hexdigest())
    site.loop.call_soon_threadsafe(site.stopping.set)


site = Site()
asking = threading.Thread(target=clients)
asking.start()
print(asyncio.run(site.main(), debug=len(sys.argv) > 2))
asking.join()
