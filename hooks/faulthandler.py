"""`faulthandler`: `dump_traceback` knows coroutines, as it knows threads."""

from __future__ import annotations

import sys

from ocoro.runtime import originals
from ocoro.runtime.frames import theirs
from ocoro.runtime.instance import scheduler

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType
    from typing import Any


_NATIVE = "written by the C handler of a signal or by a real thread, which see only the coroutine that runs"

LEAVES = {
    "enable": _NATIVE,
    "register": _NATIVE,
    "dump_traceback_later": _NATIVE,
}

_MOST = 100  # frames of one thread, and threads
_original: list[Any] = []


def before(module: Any) -> None:
    """Keep what is replaced."""
    _original[:] = [module.dump_traceback]


def dump_traceback(origin: Any, /, file: Any = None, all_threads: Any = True) -> None:
    """Replaces `faulthandler.dump_traceback`."""
    fd = _descriptor(getattr(sys, "stderr", None) if file is None else file)
    if fd < 0 or scheduler.me() is None:
        _original[0](*(() if file is None else (file,)), all_threads=all_threads)
        return
    here = theirs(sys._getframe(1))
    text = "\n".join(_all(here)) if all_threads else "".join(_lines("Stack", here))
    data = text.encode("ascii", "backslashreplace")
    while data:
        data = data[originals.write(fd, data) :]


def _descriptor(file: Any) -> int:
    """The number of the fd to write to; negative where the original is to refuse `file`."""
    if type(file) is int:
        return file if file < 1 << 31 else -1
    try:
        fd = file.fileno()
        file.flush()
    except Exception:
        return -1
    return fd if type(fd) is int else -1


def _all(here: FrameType | None) -> Iterator[str]:
    """A text for each coroutine, the newest first, and one for each real thread of somebody else's."""
    for coroutine in sorted(scheduler.coroutines, key=lambda each: -each.number)[:_MOST]:
        if coroutine is scheduler.current:
            yield "".join(_lines(f"Current thread {coroutine.ident:#018x}", here))
        else:
            frame = coroutine.greenlet.gr_frame  # type: ignore[union-attr]
            yield "".join(_lines(f"Thread {coroutine.ident:#018x}", theirs(frame)))
    for ident, frame in originals.current_frames().items():
        if ident != scheduler.home and ident not in scheduler.helpers:
            yield "".join(_lines(f"Thread {ident:#018x}", frame))


def _lines(whose: str, frame: FrameType | None) -> Iterator[str]:
    yield f"{whose} (most recent call first):\n"
    if frame is None:
        yield "  <no Python frame>\n"
    for _ in range(_MOST):
        if frame is None:
            return
        yield f'  File "{frame.f_code.co_filename}", line {frame.f_lineno} in {frame.f_code.co_name}\n'
        frame = theirs(frame.f_back)
    yield "  ...\n"


REPLACES = {"dump_traceback": dump_traceback}
