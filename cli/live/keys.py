"""What the user chose to see, and what each key changes about it. No terminal is needed to find that out."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SORTS = ("state", "for", "waited", "late", "running", "waits", "number", "name")
END = 1 << 40  # a row beyond the last; what is shown is limited to the rows there are

HELP = (
    ("s, S", "sort by the next, the previous column"),
    ("/", "filter: show only coroutines whose name, state, call or place holds a text"),
    ("escape", "show all again"),
    ("p, space", "pause, and go on"),
    ("up, down", "scroll by a line; k and j do, too"),
    ("page up, page down", "scroll by a page"),
    ("home, end", "go to the first, the last"),
    ("?, h", "show and hide this help"),
    ("q", "quit"),
)

_SEQUENCES = {"[A": "up", "[B": "down", "[5~": "pageup", "[6~": "pagedown", "[H": "home", "[F": "end"} | {
    "OA": "up", "OB": "down", "OH": "home", "OF": "end", "[1~": "home", "[4~": "end", "[7~": "home", "[8~": "end"
}  # fmt: skip
_CONTROLS = {"\r": "enter", "\n": "enter", "\x7f": "backspace", "\b": "backspace", "\x15": "clear", "\x1b": "escape"}
_KEY = re.compile(r"\x1b(\[[0-9;<=>?]*[@-~]|O[@-~])|(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Choice:
    """What is shown, and how."""

    sort: str = SORTS[0]
    text: str = ""  # of the filter
    is_typing: bool = False  # the filter
    is_paused: bool = False
    is_help: bool = False
    is_over: bool = False
    first: int = 0  # row at the top


def decoded(data: bytes) -> list[str]:
    """The keys that a terminal sends these bytes for: characters, or names such as `up`; unknown ones are left out."""
    found = []
    for sequence, character in _KEY.findall(data.decode("utf-8", "ignore")):
        key = _SEQUENCES.get(sequence, "") if sequence else _CONTROLS.get(character, character)
        if len(key) > 1 or key.isprintable():
            found.append(key)
    return list(filter(None, found))


def pressed(choice: Choice, key: str, page: int) -> Choice:
    """What the key makes of the choice; `page` is how many rows are shown at a time."""
    if choice.is_typing:
        return _typed(choice, key)
    if choice.is_help and key != "q":
        return replace(choice, is_help=False)
    action = _ACTIONS.get(key)
    return action(choice, page) if action else choice


def _typed(choice: Choice, key: str) -> Choice:
    if key == "enter":
        return replace(choice, is_typing=False)
    if key == "escape":
        return replace(choice, is_typing=False, text="")
    if key == "backspace":
        return replace(choice, text=choice.text[:-1], first=0)
    if key == "clear":
        return replace(choice, text="", first=0)
    return replace(choice, text=choice.text + key, first=0) if len(key) == 1 else choice


def _scrolled(lines: int = 0, pages: int = 0) -> Callable[[Choice, int], Choice]:
    return lambda choice, page: replace(choice, first=max(0, choice.first + lines + pages * page))


def _sorted(step: int) -> Callable[[Choice, int], Choice]:
    def action(choice: Choice, page: int) -> Choice:
        return replace(choice, sort=SORTS[(SORTS.index(choice.sort) + step) % len(SORTS)], first=0)

    return action


def _paused(choice: Choice, page: int) -> Choice:
    return replace(choice, is_paused=not choice.is_paused)


def _help(choice: Choice, page: int) -> Choice:
    return replace(choice, is_help=True)


_ACTIONS: dict[str, Callable[[Choice, int], Choice]] = {
    "s": _sorted(1),
    "S": _sorted(-1),
    "/": lambda choice, page: replace(choice, is_typing=True),
    "escape": lambda choice, page: replace(choice, text="", first=0),
    "p": _paused,
    " ": _paused,
    "up": _scrolled(-1),
    "k": _scrolled(-1),
    "down": _scrolled(1),
    "j": _scrolled(1),
    "pageup": _scrolled(pages=-1),
    "pagedown": _scrolled(pages=1),
    "home": _scrolled(-END),
    "end": _scrolled(END),
    "?": _help,
    "h": _help,
    "q": lambda choice, page: replace(choice, is_over=True),
}
