"""uvloop's loops run beside the threads of the program, and tell signals, errors and Ctrl-C as under python."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from process import Result

BEGIN = """
import asyncio, contextvars, os, signal, sys, threading, time, traceback
import uvloop

def run(main):
    loop = uvloop.new_event_loop()
    try:
        return loop.run_until_complete(main)
    finally:
        loop.close()

def kill_soon(number):
    threading.Timer(0.05, os.kill, (os.getpid(), number)).start()
"""
PROGRAMS = {
    "threads": """
        async def echo(reader, writer):
            writer.write(await reader.read(10))
            writer.close()
        async def main():
            server = await asyncio.start_server(echo, "127.0.0.1", 0)
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"echo")
            print(await reader.read(10))
            writer.close()
            print(await asyncio.to_thread(lambda: time.sleep(0.05) or threading.current_thread().name[:9]))
            pipe = asyncio.subprocess.PIPE
            child = await asyncio.create_subprocess_exec("cat", stdin=pipe, stdout=pipe)
            print(await child.communicate(b"child"))
            event, loop = asyncio.Event(), asyncio.get_running_loop()
            threading.Timer(0.05, loop.call_soon_threadsafe, (event.set,)).start()
            await event.wait()
            server.close()
        run(main())
    """,
    "many": """
        results = []
        async def member(n):
            await asyncio.sleep(0.02)
            return n, threading.current_thread().name
        members = [threading.Thread(target=lambda n=n: results.append(run(member(n))), name=f"t{n}") for n in range(20)]
        for thread in members: thread.start()
        for thread in members: thread.join()
        print(sorted(results))
        loop = uvloop.new_event_loop()
        threading.Thread(target=loop.run_forever).start()
        print(asyncio.run_coroutine_threadsafe(asyncio.sleep(0.01, "from another thread"), loop).result(5))
        loop.call_soon_threadsafe(loop.stop)
    """,
    "state": """
        variable, local = contextvars.ContextVar("variable"), threading.local()
        async def main():
            print(variable.get(), local.value, threading.current_thread() is threading.main_thread())
            variable.set("inner")
        variable.set("outer")
        local.value = 5
        run(main())
        print(variable.get())
        if not os.fork():
            run(main())
            sys.exit()
        os.wait()
    """,
    "errors": """
        async def main():
            for again in uvloop.new_event_loop().run_forever, lambda: asyncio.run(None):
                try: again()
                except RuntimeError as error: print(error)
            raise ValueError("told")
        run(main())
    """,
    "handlers": """
        async def main():
            loop, got = asyncio.get_running_loop(), asyncio.Queue()
            for number in signal.SIGUSR1, signal.SIGTERM:
                loop.add_signal_handler(number, got.put_nowait, number)
                os.kill(os.getpid(), number)
                print(await got.get())
            print(loop.remove_signal_handler(signal.SIGUSR1), loop.remove_signal_handler(signal.SIGUSR1))
            print(signal.getsignal(signal.SIGUSR1), signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)
            async def coroutine(): pass
            for number, callback in (9, print), (1000, print), ("x", print), (signal.SIGHUP, coroutine):
                try: loop.add_signal_handler(number, callback)
                except Exception as error: print(repr(error))
        run(main())
        print(signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)
    """,
    "handlers before and elsewhere": """
        loop, names = uvloop.new_event_loop(), []
        loop.add_signal_handler(signal.SIGUSR1, lambda: (names.append(threading.current_thread().name), loop.stop()))
        kill_soon(signal.SIGUSR1)
        loop.run_forever()
        print(names, loop.remove_signal_handler(signal.SIGUSR1))
        def refused():
            for name in "add_signal_handler", "remove_signal_handler":
                try: getattr(loop, name)(signal.SIGUSR1, *[print][: name[0] == "a"])
                except ValueError as error: print(error)
        thread = threading.Thread(target=refused)
        thread.start()
        thread.join()
    """,
    "python's handlers": """
        loop = uvloop.new_event_loop()
        def handler(number, frame):
            print(number, threading.current_thread() is threading.main_thread())
            loop.call_soon(loop.stop)
        loop.call_soon(signal.signal, signal.SIGUSR1, handler)
        kill_soon(signal.SIGUSR1)
        loop.run_forever()
    """,
    "interrupt": """
        loop = uvloop.new_event_loop()
        kill_soon(signal.SIGINT)
        try: loop.run_forever()
        except KeyboardInterrupt: print("interrupted", loop.is_running())
        loop.run_until_complete(asyncio.sleep(0))
        async def main():
            try: await asyncio.sleep(60)
            except asyncio.CancelledError: print("cancelled"); raise
        kill_soon(signal.SIGINT)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner: runner.run(main())
    """,
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_same_as_under_python(
    ocoro: Callable[..., Result], python: Callable[..., Result], tmp_path: Path, program: str
) -> None:
    (tmp_path / "program.py").write_text(BEGIN + dedent(PROGRAMS[program]))
    plain = python("program.py", cwd=tmp_path)
    assert plain.out or plain.err
    kept = ocoro("--quiet", "--rescue=off", "program.py", cwd=tmp_path)
    assert (kept.out, kept.err, kept.status) == (plain.out, plain.err, plain.status)
