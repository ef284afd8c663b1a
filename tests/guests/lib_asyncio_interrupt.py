# ends: -2
# stderr: yes
"""SIGINT cancels the main task of asyncio.run, then ends the program."""

import asyncio
import os
import signal
import threading


async def main():
    threading.Timer(0.03, os.kill, (os.getpid(), signal.SIGINT)).start()
    try:
        await asyncio.sleep(30)
    except asyncio.CancelledError:
        print("cancelled")
        raise


asyncio.run(main())
