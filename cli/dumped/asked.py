"""Asks the program itself: see `runtime.answer`, which answers.

A number in the recording says that somebody asks, a byte into the pipe of its poller wakes it, and the answer comes in
a file that is made here. A program with one thread that computes is asked by the signal of preemption, whose handler it
has anyway; a call that waits in the kernel is not interrupted by it, so it is not sent to one that sleeps.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import stat
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ocoro.cli.dumped.model import DumpError, Frame, Shown
from ocoro.runtime.layout import (
    ANSWER_SUFFIX,
    ANSWERED_AT,
    ASKED,
    BLOCK,
    EVENTS,
    MAGIC,
    PAGE,
    RECORDS,
    REQUEST,
    SIGNALS_AT,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 1.0  # seconds until the answer begins
STALLED = 10.0  # seconds in which it does not grow
STEP = 0.005
SIGNAL_AFTER = 0.2  # seconds
SIGNAL = 63  # that of preemption, see `runtime.monitor`
MOST = 1 << 32


def ask(path: str, pid: int) -> list[Shown]:
    """What the process `pid`, which records into `path`, says. DumpError when it does not."""
    try:
        with open(path, "r+b") as file:
            _lock(file.fileno())
            with mmap.mmap(file.fileno(), 0) as memory, _answer_file(path, file.fileno()) as answer:
                _ask(memory, _request(memory), pid, answer)
                return _read(answer)
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else None
        raise DumpError(f"it cannot be asked: {reason or problem}") from None


def _lock(fd: int) -> None:
    """Keep others from asking at the same time."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise DumpError("somebody else is asking it") from None
            time.sleep(STEP)


@contextmanager
def _answer_file(path: str, recording: int) -> Iterator[int]:
    """A new private file, of the owner of the recording: the program writes into it."""
    name = path + ANSWER_SUFFIX
    try:
        os.unlink(name)  # of somebody who was killed
    except FileNotFoundError:
        pass
    fd = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        owner = os.fstat(recording).st_uid
        if owner != os.geteuid():
            os.fchown(fd, owner, -1)
        yield fd
    finally:
        os.close(fd)
        os.unlink(name)


def _request(memory: mmap.mmap) -> int:
    """Where in the file requests are made."""
    at = PAGE
    if memory[: len(MAGIC)] != MAGIC:
        raise DumpError("its file is no recording any more")
    while at + BLOCK.size + REQUEST.size <= len(memory):
        tag, version, size, length = BLOCK.unpack_from(memory, at)
        if tag == ASKED and (version, size) == RECORDS[ASKED]:
            return at + BLOCK.size
        if length < BLOCK.size or tag == EVENTS:
            break
        at += length
    raise DumpError("it runs with another version of ocoro, which cannot be asked")


def _ask(memory: mmap.mmap, at: int, pid: int, answer: int) -> None:
    """Return when the answer is there. The program compares the lowest byte of the numbers."""
    asked, signals, _, fd, inode = REQUEST.unpack_from(memory, at)
    asked = (asked + 1) % 256
    memory[at] = asked
    _wake(pid, fd, inode)
    begin = grown_at = time.monotonic()
    size = 0
    is_signalled = False
    while memory[at + ANSWERED_AT] != asked:
        time.sleep(STEP)
        now = time.monotonic()
        if os.fstat(answer).st_size > size:
            size, grown_at = os.fstat(answer).st_size, now
        if not size and not is_signalled and now > begin + SIGNAL_AFTER and _computes(pid):
            is_signalled = True
            memory[at + SIGNALS_AT] = (signals + 1) % 256
            os.kill(pid, SIGNAL)
        if now > grown_at + (STALLED if size else PATIENCE):
            memory[at] = memory[at + ANSWERED_AT]
            raise DumpError("it does not answer: a call into C code has its thread, or it is stopped")


def _wake(pid: int, fd: int, inode: int) -> None:
    """Write into the pipe that wakes the process; where that is not there, it may answer all the same."""
    try:
        pipe = os.open(f"/proc/{pid}/fd/{fd}", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return
    try:
        status = os.fstat(pipe)
        if stat.S_ISFIFO(status.st_mode) and status.st_ino == inode:
            os.write(pipe, b"\0")
    except OSError:
        pass  # full, so that it is awake
    finally:
        os.close(pipe)


def _computes(pid: int) -> bool:
    """Whether its main thread is at work and has a handler for the signal, which would end the process otherwise."""
    try:
        with open(f"/proc/{pid}/status") as file:
            fields = dict(line.split(":\t", 1) for line in file if ":\t" in line)
    except (OSError, ValueError):
        return False
    try:
        return fields["State"].startswith("R") and bool(int(fields["SigCgt"], 16) >> (SIGNAL - 1) & 1)
    except (KeyError, ValueError):
        return False


def _read(answer: int) -> list[Shown]:
    """The coroutines of an answer. DumpError when it is cut off."""
    with open(os.dup(answer), encoding="utf-8", errors="replace", newline="\n") as file:
        file.seek(0)
        shown: list[Shown] = []
        for line in file:
            kind, *fields = line.removesuffix("\n").split("\t")
            if kind == "end":
                return shown
            if kind == "coroutine":
                shown.append(_coroutine(fields))
            elif kind == "frame" and shown:
                file_name, number, function = fields
                shown[-1].frames.append(Frame(_unescaped(file_name), int(number), _unescaped(function)))
    raise DumpError("its answer is cut off")


def _coroutine(fields: list[str]) -> Shown:
    number, lasted, age, left, holder, how, name, state, call, lock = fields
    return Shown(
        int(number),
        _unescaped(name),
        _unescaped(state),
        _unescaped(call),
        float(lasted),
        float(age),
        float(left) if left else None,
        _unescaped(lock),
        int(holder) if holder else None,
        how == "end",
    )


def _unescaped(text: str) -> str:
    parts = text.split("\\\\")
    return "\\".join(part.replace("\\n", "\n").replace("\\t", "\t") for part in parts)
