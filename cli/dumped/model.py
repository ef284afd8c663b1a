"""What is known of the coroutines of a program at one moment. Times are seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Frame(NamedTuple):
    """One line of a stack."""

    file: str
    line: int  # 0: unknown
    function: str


@dataclass(slots=True)
class Shown:
    """One coroutine."""

    number: int
    name: str
    state: str  # running, ready, waiting
    call: str  # that it waits in, or empty
    lasted: float  # in this state
    age: float
    left: float | None = None  # until its deadline
    lock: str = ""  # what kind of lock it waits for
    holder: int | None = None  # number of the coroutine that will release it
    joins: bool = False  # by its end
    frames: list[Frame] = field(default_factory=list)  # innermost first
    is_whole: bool = True  # these are all of its frames


class DumpError(Exception):
    """This way does not lead to the coroutines; the text says why."""
