"""`input` at a terminal suspends the coroutine only; elsewhere it reads `sys.stdin`, see test_io."""

import pytest

TERMINAL = "import pty; m, s = pty.openpty(); kept = os.dup(0), os.dup(1); os.dup2(s, 0); os.dup2(s, 1)\n"
BACK = "\nos.dup2(kept[0], 0); os.dup2(kept[1], 1)"


@pytest.mark.parametrize("prompt", ["", "'? '", "3"])
def test_input_parks(ocoro, tmp_path, prompt):
    """The other thread types once it has seen the prompt, which a terminal's program writes to its standard error."""
    code = f"""
import os, pty, threading
m, s = pty.openpty()
kept = os.dup(1)
for fd in range(3):
    os.dup2(s, fd)
expected = str({prompt or "''"}).encode()

def type_in():
    seen = b""
    while seen != expected:
        seen += os.read(m, 1)
    os.write(m, b"x\\n")

threading.Thread(target=type_in).start()
line = input({prompt})
os.write(kept, line.encode())
os._exit(0)
"""
    done = ocoro("--quiet", "-c", code, cwd=tmp_path, limit=10)
    assert (done.out, done.status) == ("x", 0), done


def test_end_of_file_ends_input(parks):
    call = "\ntry: input()\nexcept EOFError: pass\nelse: 1 / 0" + BACK
    parks("read", TERMINAL, call, "os.write(m, b'\\x04')")
