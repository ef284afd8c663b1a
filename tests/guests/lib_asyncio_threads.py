"""Event loops in several threads at once, each with its own running loop, next to a loop in main."""

import asyncio
import threading
import time

found = []


async def count(number):
    loop = asyncio.get_running_loop()
    for _ in range(3):
        await asyncio.sleep(0.005)
        time.sleep(0.001)
        assert asyncio.get_running_loop() is loop
    found.append((number, asyncio.current_task().get_coro().__name__, len(asyncio.all_tasks())))


async def wait_for_thread(loop):
    future = asyncio.run_coroutine_threadsafe(count("from main"), loop)
    await asyncio.wrap_future(future)


def no_loop():
    try:
        asyncio.get_running_loop()
    except RuntimeError as error:
        found.append(("none", str(error), 0))


def serve():
    asyncio.set_event_loop(loop)
    loop.run_forever()
    loop.close()


threads = [threading.Thread(target=lambda number=number: asyncio.run(count(str(number)))) for number in range(3)]
threads.append(threading.Thread(target=no_loop))
loop = asyncio.new_event_loop()
threads.append(threading.Thread(target=serve))
for thread in threads:
    thread.start()
asyncio.run(wait_for_thread(loop))
asyncio.run(count("main"))
loop.call_soon_threadsafe(loop.stop)
for thread in threads:
    thread.join()
print(*sorted(found), loop.is_closed(), sep="\n")
