"""asyncio.run in main: tasks, time-outs, streams, subprocesses of work in threads."""

import asyncio
import contextvars
import threading
import time

variable = contextvars.ContextVar("variable")


async def serve(reader, writer):
    writer.write((await reader.readline()).upper())
    await writer.drain()
    writer.close()


async def talk(port, word):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(word.encode() + b"\n")
    answer = await reader.read()
    writer.close()
    return answer


async def main():
    variable.set("in main")
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        print(await asyncio.gather(*(talk(port, word) for word in ("one", "two", "three"))))
    try:
        await asyncio.wait_for(asyncio.sleep(30), 0.01)
    except TimeoutError as error:
        print(repr(error))
    print(await asyncio.to_thread(lambda: (variable.get(), threading.current_thread().name)))
    print(await asyncio.gather(*(asyncio.to_thread(time.sleep, 0.01) for _ in range(3))))
    loop = asyncio.get_running_loop()
    print(type(loop).__name__, loop.get_debug(), await loop.run_in_executor(None, pow, 2, 5))
    threading.Timer(0.01, loop.call_soon_threadsafe, (event.set,)).start()
    await event.wait()
    process = await asyncio.create_subprocess_exec("echo", "child", stdout=asyncio.subprocess.PIPE)
    print(await process.communicate(), process.returncode)
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        tasks = [group.create_task(asyncio.sleep(0.001, number)) for number in range(3)]
    return [task.result() for task in tasks]


event = asyncio.Event()
print(asyncio.run(main()))
try:
    asyncio.get_running_loop()
except RuntimeError as error:
    print(error)
