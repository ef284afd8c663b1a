"""Tells the program's frames from ours, so that what the program sees of its stack is its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType, TracebackType

_OURS = ("ocoro.runtime", "ocoro.hooks")


def is_ours(frame: FrameType) -> bool:
    """Whether `frame` runs code of the runtime or of a hook."""
    return bool(frame.f_globals.get("__name__", "").startswith(_OURS))


def theirs(frame: FrameType | None) -> FrameType | None:
    """The innermost frame of the program at or below `frame`."""
    while frame is not None and is_ours(frame):
        frame = frame.f_back
    return frame


def without_ours(traceback: TracebackType | None) -> TracebackType | None:
    """`traceback` with our entries taken out, wherever they stand; the others are relinked in place."""
    while traceback is not None and is_ours(traceback.tb_frame):
        traceback = traceback.tb_next
    if traceback is not None:
        traceback.tb_next = without_ours(traceback.tb_next)
    return traceback
