"""Under what the programs run: the commands that start a program under each competitor, and whether it is installed."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

UNDER_EVENTLET = str(Path(__file__).with_name("under_eventlet.py"))


@dataclass(frozen=True, slots=True)
class Competitor:
    name: str
    flags: tuple[str, ...]  # what stands between the interpreter and the program

    @property
    def command(self) -> list[str]:
        return [sys.executable, *self.flags]

    @property
    def installed(self) -> bool:
        return self.name == "python" or find_spec(self.name) is not None

    @property
    def version(self) -> str:
        if self.name == "python":
            return platform.python_version()
        try:
            return metadata.version(self.name)
        except metadata.PackageNotFoundError:  # found, but on the path only
            return "checkout"


COMPETITORS = (
    Competitor("python", ()),
    Competitor("gevent", ("-m", "gevent.monkey")),
    Competitor("eventlet", (UNDER_EVENTLET,)),
    Competitor("ocoro", ("-m", "ocoro", "run", "--report", "line")),
)
