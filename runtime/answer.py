"""The answer to who asks from outside what the coroutines do (`ocoro dump`): all of them, with their whole stacks.

Who asks makes a private file beside the recording, writes a new number into the recording, and a byte into the pipe
that wakes the hub. So an idle program is woken when somebody asks, and at no other time. It is answered by the hub, by
the handler of preemption in the middle of computing, or by the monitor while the thread is in C code. Code that keeps
the interpreter's lock keeps all three from it.

Only looks, and calls no code of the program's (see `standing`).
"""

from __future__ import annotations

import os
from stat import S_ISREG

from ocoro.runtime import layout, originals
from ocoro.runtime.coroutine import NEVER
from ocoro.runtime.instance import scheduler
from ocoro.runtime.standing import standings

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from ocoro.runtime.standing import Standing

WHOLE = 1 << 20  # frames; no stack is so deep
_PIECE = 1 << 16  # characters written at once
_OTHERS = 0o077  # who may not read or write the file


def answer(running: FrameType | None) -> None:
    """Write what everybody does, if nobody else does so; `running` is the frame of the coroutine that runs."""
    recorder = scheduler.recorder
    if not recorder.take_request():
        return
    try:
        _write(recorder.recording.path + layout.ANSWER_SUFFIX, _lines(running))
    except RecursionError:  # in a handler, with little room left on the program's stack
        recorder.give_back_request()
        return
    except OSError:
        pass  # who asks sees that there is no end
    recorder.answered()


def _lines(running: FrameType | None) -> Iterator[str]:
    """One line for each coroutine and each of its frames, as fields between tabs, and a last one."""
    yield "answer\n"
    for each in standings(running, WHOLE):
        if not each.number:
            continue  # it is ours
        yield f"coroutine\t{_fields(each)}\n"
        for file, line, function in each.frames:
            yield f"frame\t{_escaped(file)}\t{line}\t{_escaped(function)}\n"
    yield "end\n"


def _fields(standing: Standing) -> str:
    left = "" if standing.left == NEVER else repr(standing.left)
    holder = "" if standing.holder is None else standing.holder.number
    lock = "" if standing.lock is None else type(standing.lock).__name__
    how = "end" if standing.is_joining else ""
    words = (standing.name, standing.state, standing.call, lock)
    numbers = f"{standing.number}\t{standing.lasted!r}\t{standing.age!r}\t{left}\t{holder}\t{how}"
    return "\t".join((numbers, *map(_escaped, words)))


def _escaped(text: str) -> str:
    return layout.escaped(text).replace("\t", "\\t")


def _write(path: str, lines: Iterator[str]) -> None:
    """Into the file that who asks has made; raises OSError where that is not one of ours."""
    fd = originals.open_fd(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(fd)
        if not S_ISREG(status.st_mode) or status.st_mode & _OTHERS or status.st_uid != os.geteuid():
            return
        text = ""
        for line in lines:
            text += line
            if len(text) > _PIECE:
                _write_all(fd, text)
                text = ""
        _write_all(fd, text)
    finally:
        originals.close(fd)


def _write_all(fd: int, text: str) -> None:
    data = text.encode("utf-8", "backslashreplace")
    while data:
        data = data[originals.write(fd, data) :]
