"""Whose code a frame runs: ours, the standard library's, or the program's own, which a recording names."""

from __future__ import annotations

import os

from ocoro.runtime.frames import is_ours

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from types import CodeType, FrameType

_LIBRARY = os.path.dirname(os.__file__) + os.sep
_PACKAGES = ("site-packages", "dist-packages")


def is_in_library(file: str) -> bool:
    """Whether `file` is one of the standard library."""
    if not file.startswith(_LIBRARY):
        return file.startswith("<frozen ")
    return not file[len(_LIBRARY) :].startswith(_PACKAGES)


_MOST = 1024  # code objects that are kept; a program may make new ones without end


class Places:
    """The code objects that are known by their addresses: they are kept, so that no address is used again.

    Once there are too many, the recorder forgets all addresses and begins anew (`Recorder.forget_places`). Weak
    references instead, which tell of the end of each code object, can be seen by the program, and tell at any place.
    """

    def __init__(self) -> None:
        self._kept: dict[int, CodeType] = {}
        self.is_ours = is_ours

    def keep(self, code: CodeType) -> None:
        """Have the address of `code` stand for it."""
        self._kept[id(code)] = code

    def are_many(self) -> bool:
        """Whether to begin anew before the next is kept."""
        return len(self._kept) >= _MOST

    def let_go(self) -> object:
        """Keep none any more: all that were. Their end may run destructors of the program."""
        kept, self._kept = self._kept, {}
        return kept

    def is_the_programs(self, frame: FrameType) -> bool:
        """Whether `frame` runs neither our code nor the standard library's; installed packages are the program's."""
        return not is_in_library(frame.f_code.co_filename) and not is_ours(frame)

    def __len__(self) -> int:
        return len(self._kept)


LATER = Places()  # stands for those of a recording that begins with the first wait
