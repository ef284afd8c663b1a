"""Which calls are told, and what a line looks like; for calls as they are made and for recorded ones alike.

This is also imported into the traced program, and so brings no module along that the program may have under its name.
"""

from __future__ import annotations

from ocoro.cli.tracing.strace import stamp
from ocoro.cli.visible import visible

NAME_WIDTH = 14
NAMED = 2  # of those who ran meanwhile
LONG = 0.001  # seconds from which on a call that was not suspended counts as blocked
UNITS = ((1.0, "s"), (1e-3, "ms"), (0.0, "us"))


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
        self._unwanted = [pattern[1:].strip() for pattern in patterns if pattern.startswith("!")]

    def text(self) -> str:
        """As one string, for `of`."""
        values = (self.strings, self.slower, int(self.strace), self.filter.replace("\n", ","), self.output)
        return "\n".join(map(str, values))

    @classmethod
    def of(cls, text: str) -> Choice:
        """What `text` stands for."""
        strings, slower, strace, pattern, output = text.split("\n", 4)
        return cls(int(strings), float(slower), strace == "1", pattern, output)

    def patterns(self) -> list[str]:
        """Those of `filter`, without the ! of the ones that are left out."""
        return self._wanted + self._unwanted

    def calls(self, call: str) -> bool:
        """Whether calls of this name are told."""
        if any(fits(call, pattern) for pattern in self._unwanted):
            return False
        return not self._wanted or any(fits(call, pattern) for pattern in self._wanted)

    def lasts(self, seconds: float) -> bool:
        """Whether a call that took so long is told."""
        return seconds >= self.slower

    def tells(self, call: str, seconds: float) -> bool:
        """Whether a call of this name that took so long is told."""
        return self.calls(call) and self.lasts(seconds)


def fits(text: str, pattern: str) -> bool:
    """Whether all of `text` is what `pattern` says, in which * stands for any letters and ? for one."""
    at = position = 0
    star = mark = -1  # the last * in the pattern, and how far in the text it stands for
    while at < len(text):
        if pattern[position : position + 1] == "*":
            star, mark = position, at
            position += 1
        elif pattern[position : position + 1] in ("?", text[at]):
            at, position = at + 1, position + 1
        elif star >= 0:
            mark += 1
            at, position = mark, star + 1
        else:
            return False
    return not pattern[position:].strip("*")


def line(clock: float, coroutine: str, text: str, times: str, place: str) -> str:
    """One call: when it began (local time), by whom, what it was, its times, and where in the program."""
    told = f"{stamp(clock)} {visible(coroutine):<{NAME_WIDTH}} {text}"
    return visible(f"{told}{times and f' <{times}>'} {place}").rstrip()


def times(seconds: float, how: str, meanwhile: list[str]) -> str:
    """How long a call took, how it waited, and who ran meanwhile."""
    return ", ".join(filter(None, (duration(seconds), how))) + _ran(meanwhile)


def how(seconds: float, suspended: bool) -> str:
    """Whether a call was suspended, or held the thread for long."""
    return "suspended" if suspended else "blocked" if seconds >= LONG else ""


def duration(seconds: float) -> str:
    """Three digits and a unit."""
    size, unit = next((size, unit) for size, unit in UNITS if seconds >= 0.9995 * size)
    number = seconds / (size or 1e-6)
    return f"{number:.{2 if number < 9.995 else 1 if number < 99.95 else 0}f} {unit}"


def place_in(folder: str, place: str) -> str:
    """`file:line function` on one line, with the file as short as it can be said; see `short`."""
    return visible(short(folder, place))


def short(folder: str, place: str) -> str:
    """`file:line function`, with the file as it is seen from `folder`.

    Of an installed package's file only what follows site-packages is shown, as in `requests/sessions.py`, and of the
    standard library's `python3.12/selectors.py`.
    """
    seen = place.removeprefix(folder.rstrip("/") + "/") if folder else place
    for packages in ("/site-packages/", "/dist-packages/"):
        if packages in seen:
            return seen.rpartition(packages)[2]
    _, library, rest = seen.rpartition("/lib/python3.")
    return f"python3.{rest}" if library and rest.partition("/")[0].isdigit() else seen


def _ran(names: list[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"; meanwhile {', '.join(map(visible, names[:NAMED]))}{more}"
