"""Loops of asyncio in threads: each closes the asynchronous generators that began in it, and debug mode is its own.

The kind: what a running loop sets for its thread.
"""

import asyncio
import sys
import threading

lines, kept = [], []
both = threading.Barrier(2)


async def numbers(name):
    mine = asyncio.get_running_loop()
    try:
        for number in range(10):
            yield number
            await asyncio.sleep(0.001)
    finally:
        lines.append(f"{name}: closed in its own loop {asyncio.get_running_loop() is mine}")
        await asyncio.sleep(0)


async def main(name, rounds):
    await asyncio.to_thread(both.wait)
    generator = numbers(name)
    async for number in generator:
        if number == rounds:
            break
    kept.append(generator)
    await asyncio.to_thread(both.wait)
    lines.append(f"{name}: debug {asyncio.get_running_loop().get_debug()}")
    lines.append(f"{name}: depth {sys.get_coroutine_origin_tracking_depth()}")


runs = [("loop 1", 3, False), ("loop 2", 6, True)]
threads = [
    threading.Thread(target=lambda name=name, n=n, debug=debug: asyncio.run(main(name, n), debug=debug))
    for name, n, debug in runs
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("\n".join(sorted(lines)))
print(sys.get_coroutine_origin_tracking_depth(), sys.get_asyncgen_hooks())
