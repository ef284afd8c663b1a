"""A program whose names are hostile: of its file, threads, functions, classes, of what it calls and is answered.

What ocoro says of it while it runs and at its end is text on lines of its own.
"""

import os

import pytest
from process import run

NAME = "\x1b]0;t\x07\x1b[2J\nFORGED\u202e\x9b\u2028"
PROGRAM = """
import _thread, os, signal, socket, sys, threading, time

NAME = {name!r}
Odd = type(NAME, (Exception,), {{}})
code = compile("def wait(do, *args, **more): return do(*args, **more)", NAME, "exec")
names = {{}}
exec(code, names)
wait = names["wait"]
wait.__code__ = wait.__code__.replace(co_name=NAME, co_qualname=NAME)

def work():
    wait(time.sleep, 0.002)
    left, right = socket.socketpair()
    wait(right.sendall, NAME.encode("utf-8", "surrogatepass"))
    wait(left.recv, 1000)
    path = os.path.join({folder!r}, NAME.replace("/", ""))
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen()
    client = socket.socket(socket.AF_UNIX)
    wait(client.connect, path)
    wait(server.accept)
    for bad in (Odd(), type(NAME, (str,), {{}})("x"), 1):
        try:
            wait(client.sendall, bad)
        except (TypeError, OSError):
            pass
    try:
        wait(socket.getaddrinfo, NAME, NAME)
    except (OSError, UnicodeError):
        pass
    os.kill(os.getpid(), signal.SIGUSR1)
    time.sleep(0.002)

thread = threading.Thread(target=work, name=NAME)
thread.start()
thread.join()
{end}
"""
STUCK = """
lock = threading.Lock()
lock.acquire()
threading.Thread(target=wait, args=(lock.acquire,), name=NAME).start()
"""


@pytest.mark.parametrize(
    ("options", "end", "said"),
    [
        (["run", "--report=table"], "", "ocoro: wall"),
        (["run", "--report=line", "--dump-signal=USR1"], "", "ocoro: 2 coroutines at "),
        (["run", "--report=line", "--on-deadlock=abort"], STUCK, "ocoro: deadlock: "),
        (["trace"], "", " sleep(0.002)"),
        (["trace", "--strace"], "", " clock_nanosleep("),
        (["trace", "--slower-than=1us", "--strace"], "", " clock_nanosleep("),
        (["trace", "--strings=1000"], "", " recv("),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_said_of_a_program_is_text(interpreter, tmp_path, options, end, said):
    program = tmp_path / "hostile \x1b[31m\u202e.py"
    program.write_text(PROGRAM.format(name=NAME, folder=str(tmp_path), end=end))
    env = {**os.environ, "OCORO_DIR": str(tmp_path / "runs")}
    setting = [] if "--dump-signal=USR1" in options else ["--dump-signal=USR1"]
    done = run([interpreter.path, "-P", "-m", "ocoro", *options, *setting, program.name], env=env, cwd=tmp_path)
    lines = done.err.split("\n")
    assert [line for line in lines if not line.isprintable()] == []
    assert [line for line in lines if line.startswith("FORGED")] == []
    assert said in done.err
    assert done.status == (70 if end else 0)
