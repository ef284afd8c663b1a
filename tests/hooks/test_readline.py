"""At a terminal with `readline`, by `input` and by the prompt: editing, history, Ctrl-C and the end are python's."""

import os
import pty
import signal
import threading
import time
from pathlib import Path

PROGRAM = """
import os, readline, threading, time

def beat():
    for _ in range(5):
        time.sleep(0.001)
    os.write(1, b"beaten")

def complete(text, state):
    return ["hello_world"][state] if state == 0 and "hello_world".startswith(text) else None

readline.set_completer(complete)
readline.parse_and_bind("tab: complete")
threading.Thread(target=beat).start()
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print(repr(input("first? ")))
print(repr(input("second? ")))
readline.set_auto_history(False)
try:
    input("third? ")
except KeyboardInterrupt:
    print("interrupted")
print(repr(input("fourth? ")))
print([readline.get_history_item(number + 1) for number in range(readline.get_current_history_length())])
try:
    print(input("fifth? "))
except EOFError:
    print("end")
"""
ENTER, TAB, UP, BEGIN, DELETE, CTRL_C = b"\n", b"\t", b"\x1b[A", b"\x01", b"\x04", b"\x03"
BEATEN = b"beaten"  # what a thread says meanwhile, before or after the prompt
SESSION = [
    (BEATEN, b""),
    (b"first? ", b"Xabc" + BEGIN + DELETE + ENTER),
    (b"second? ", b"hel" + TAB + ENTER),
    (b"third? ", b"so"),
    (b"so", CTRL_C),
    (b"fourth? ", UP + UP + ENTER),
    (b"fifth? ", DELETE),
]


INTERACTIVE = """
import os, threading, time

def beat():
    for _ in range(5):
        time.sleep(0.001)
    os.write(1, b"beaten")

def begin():
    threading.Thread(target=beat).start()
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
"""
PROMPT = b">>> "
AT_PROMPT = [
    (PROMPT, b"begin()" + ENTER),
    (BEATEN, b""),
    (PROMPT, b"X1 + 41" + BEGIN + DELETE + ENTER),
    (PROMPT, b"def f():" + ENTER),
    (b"... ", TAB + b"return 'seven'" + ENTER),
    (b"... ", ENTER),
    (PROMPT, b"f()" + ENTER),
    (PROMPT, b"so"),
    (b"so", CTRL_C),
    (PROMPT, UP + ENTER),
    (PROMPT, b"print('question', input('q' + '? '))" + ENTER),
    (b"q? ", b"answer" + ENTER),
    (PROMPT, DELETE),
]


def wait_until_asleep(pid):
    """Wait for plain python to be in select(2) for certain: it does not notice a signal that comes just before that."""
    looks = 0
    while looks < 5:
        time.sleep(0.02)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
        looks = looks + 1 if state == "S" else 0


def dialogue(command, session):
    """What a program says at a terminal where `session` is typed, and its exit status."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(command[0], command, {**os.environ, "TERM": "vt100", "PYTHON_BASIC_REPL": "1"})
    overdue = threading.Timer(60, os.kill, (pid, signal.SIGKILL))
    overdue.start()
    said, seen = b"", 0
    for prompt, keys in session:
        while prompt not in said[seen:]:
            said += os.read(terminal, 1000)
        if prompt == BEATEN:
            said = said.replace(BEATEN, b"")
        else:
            seen = said.index(prompt, seen) + len(prompt)
        if keys == CTRL_C:
            wait_until_asleep(pid)
        os.write(terminal, keys)
    try:
        while data := os.read(terminal, 1000):
            said += data
    except OSError:
        pass  # the other side has ended
    os.close(terminal)
    overdue.cancel()
    return said, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_dialogue_is_the_same(interpreter, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    ours = dialogue([interpreter.path, "-P", "-m", "ocoro", "run", "--quiet", "--rescue=off", str(program)], SESSION)
    assert ours == dialogue([interpreter.path, str(program)], SESSION)
    assert b"'hello_world'" in ours[0]
    assert b"end" in ours[0]


def test_prompt_is_the_same(interpreter, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(INTERACTIVE)
    launcher = ["-P", "-m", "ocoro", "run", "--quiet", "--rescue=off"]
    ours = dialogue([interpreter.path, *launcher, "-i", str(program)], AT_PROMPT)
    assert ours == dialogue([interpreter.path, "-i", str(program)], AT_PROMPT)
    assert b"question answer" in ours[0]
