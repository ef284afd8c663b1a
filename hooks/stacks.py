"""Stacks as `faulthandler` writes them, with coroutines in the place of threads: the newest first, no frame of ours.

Also for a real thread of ours that looks from outside. It may look at a suspended greenlet's frames only for as long as
nothing can resume that: so it takes them all by code without a call and without a loop, in which the interpreter's lock
is not given up. Afterwards a frame object stands for itself.
"""

from __future__ import annotations

from ocoro.runtime import originals
from ocoro.runtime.frames import is_ours
from ocoro.runtime.instance import scheduler
from ocoro.runtime.standing import home_frame

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import FrameType
    from typing import Any

    from ocoro.runtime.coroutine import Coroutine

_MOST = 100  # frames of one thread, and threads; as CPython has it
_OURS = 30  # more frames of one thread, which may be ours
_LONGEST = 500  # characters of a name
_ESCAPED = {code: f"\\x{code:02x}" for code in (*range(32), 127)}


def _walker(first: str) -> Callable[[Any], tuple[FrameType | None, ...]]:
    """A function that takes something to all frames from `first`, which is an expression, outwards."""
    names = [f"f{number}" for number in range(_MOST + _OURS)]
    steps = [f"f{number} = f{number - 1} and f{number - 1}.f_back" for number in range(1, _MOST + _OURS)]
    namespace: dict[str, Any] = {"__name__": __name__}
    exec("\n ".join(["def walk(it):", f"f0 = {first}", *steps, f"return {', '.join(names)}"]), namespace)
    walk: Callable[[Any], tuple[FrameType | None, ...]] = namespace["walk"]
    return walk


_from_frame = _walker("it")
_from_greenlet = _walker("it.gr_frame")


class Stacks:
    """`running` is the innermost frame of the coroutine that runs."""

    def __init__(self, running: FrameType | None) -> None:
        self._running = _from_frame(running)
        self._runs = scheduler.current

    def everybody(self, current: Coroutine | None = None) -> bytes:
        """All coroutines and foreign threads; `current` is called so."""
        texts = []
        for coroutine in sorted(scheduler.coroutines, key=lambda each: -each.number):
            title = f"{'Current thread' if coroutine is current else 'Thread'} {coroutine.ident:#018x}"
            texts.append("".join(_lines(title, self._frames(coroutine))))
        ours = {scheduler.home, *scheduler.helpers, *scheduler.deputies}
        for ident, frame in originals.current_frames().items():
            if ident not in ours:
                texts.append("".join(_lines(f"Thread {ident:#018x}", _from_frame(frame))))
        return _encoded("\n".join(texts[:_MOST]) + ("\n...\n" if len(texts) > _MOST else ""))

    def one(self, coroutine: Coroutine) -> bytes:
        """That of one coroutine alone."""
        return _encoded("".join(_lines("Stack", self._frames(coroutine))))

    def _frames(self, coroutine: Coroutine) -> Iterable[FrameType | None]:
        """Of one coroutine, the innermost first: those of a worker that passes for it come before its own."""
        own = self._running if coroutine is self._runs else _from_greenlet(coroutine.greenlet)
        deputy = next((ident for ident, passing in scheduler.deputies.items() if passing[0] is coroutine), None)
        return own if deputy is None else (*_from_frame(originals.current_frames().get(deputy)), *own)


def from_outside() -> Stacks:
    """In a real thread of ours."""
    originals.sleep(0)  # begins a new slice of the interpreter's lock: time enough to take the frames of who runs
    return Stacks(home_frame())


def _lines(whose: str, frames: Iterable[FrameType | None]) -> Iterator[str]:
    yield f"{whose} (most recent call first):\n"
    theirs = [frame for frame in frames if frame is not None and not is_ours(frame)]
    if not theirs:
        yield "  <no Python frame>\n"
    for frame in theirs[:_MOST]:
        line = "???" if frame.f_lineno is None else frame.f_lineno
        yield f'  File "{_short(frame.f_code.co_filename)}", line {line} in {_short(frame.f_code.co_name)}\n'
    if len(theirs) > _MOST:
        yield "  ...\n"


def _short(name: str) -> str:
    return name.translate(_ESCAPED) if len(name) <= _LONGEST else name[:_LONGEST].translate(_ESCAPED) + "..."


def _encoded(text: str) -> bytes:
    return text.encode("ascii", "backslashreplace")


def write(fd: int, data: bytes) -> None:
    """Write all of it; without a word where that cannot be done, as nobody could be told."""
    try:
        while data:
            data = data[originals.write(fd, data) :]
    except OSError:
        return
