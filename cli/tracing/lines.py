"""Which calls are told, and what a line looks like; for calls as they are made and for recorded ones alike."""

from __future__ import annotations

import time
from fnmatch import fnmatchcase

NAME_WIDTH = 14
NAMED = 2  # of those who ran meanwhile
UNITS = ((1.0, "s", 1.0), (1e-3, "ms", 1e3), (0.0, "us", 1e6))
FIELDS = ("strings", "slower", "strace", "filter", "output")


class Choice:
    """The options of `ocoro trace` that decide what is told."""

    def __init__(
        self, strings: int = 32, slower: float = 0.0, strace: bool = False, filter: str = "", output: str = ""
    ) -> None:
        self.strings = strings  # bytes of data that are shown
        self.slower = slower  # seconds that a call has to last
        self.strace = strace
        self.filter = filter
        self.output = output  # path of a file; empty: standard error
        patterns = [pattern.strip() for pattern in filter.split(",") if pattern.strip()]
        self._wanted = [pattern for pattern in patterns if not pattern.startswith("!")]
        self._unwanted = [pattern[1:] for pattern in patterns if pattern.startswith("!")]

    def text(self) -> str:
        """As one string, for `of`."""
        values = (self.strings, self.slower, int(self.strace), self.filter, self.output)
        return "\n".join(map(str, values))

    @classmethod
    def of(cls, text: str) -> Choice:
        """What `text` stands for."""
        strings, slower, strace, pattern, output = text.split("\n", 4)
        return cls(int(strings), float(slower), strace == "1", pattern, output)

    def calls(self, call: str) -> bool:
        """Whether calls of this name are told."""
        if any(fnmatchcase(call, pattern) for pattern in self._unwanted):
            return False
        return not self._wanted or any(fnmatchcase(call, pattern) for pattern in self._wanted)

    def lasts(self, seconds: float) -> bool:
        """Whether a call that took so long is told."""
        return seconds >= self.slower


def line(clock: float, coroutine: str, text: str, seconds: float, how: str, meanwhile: list[str], place: str) -> str:
    """One call: when it began (local time), by whom, what it was, how long it took, who ran meanwhile, and where."""
    stamp = time.strftime("%H:%M:%S", time.localtime(clock)) + f"{clock % 1:.6f}"[1:]
    told = f"{stamp} {coroutine:<{NAME_WIDTH}} {text} <{duration(seconds)}{how and ', ' + how}{_ran(meanwhile)}>"
    return f"{told} {place}".rstrip()


def duration(seconds: float) -> str:
    """Three digits and a unit."""
    unit, factor = next((unit, factor) for least, unit, factor in UNITS if seconds >= least)
    return f"{seconds * factor:.3g} {unit}" if seconds * factor < 100 else f"{seconds * factor:.0f} {unit}"


def _ran(names: list[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"; meanwhile {', '.join(names[:NAMED])}{more}"
