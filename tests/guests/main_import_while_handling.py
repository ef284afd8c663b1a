"""Modules that are patched, imported for the first time where an exception is being handled."""

import traceback

try:
    try:
        raise KeyError("first")
    except KeyError as error:
        import asyncio
        import queue
        import select
        import socket
        import ssl

        print(error, len(traceback.extract_tb(error.__traceback__)))
        raise
except KeyError:
    print(traceback.format_exc())
try:
    raise SystemExit
except SystemExit:
    import multiprocessing.synchronize

print(queue.SimpleQueue().empty(), select.select([], [], [], 0), socket.socket, ssl.SSLSocket, asyncio.run.__name__)
