"""Under what the programs run: the commands that start a program under each competitor, and whether it is installed.

ocoro competes as its users get it, with every run recorded. What that costs is shown beside the same without recording.
"""

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
    is_variant: bool = False  # ocoro with another recording; runs only the benchmarks that show the cost of that

    @property
    def package(self) -> str:
        return self.name.split()[0]

    @property
    def command(self) -> list[str]:
        return [sys.executable, *self.flags]

    @property
    def installed(self) -> bool:
        return self.name == "python" or find_spec(self.package) is not None

    @property
    def version(self) -> str:
        if self.name == "python":
            return platform.python_version()
        try:
            return metadata.version(self.package)
        except metadata.PackageNotFoundError:  # found, but on the path only
            return "checkout"


OCORO = ("-m", "ocoro", "run", "--report", "line")

COMPETITORS = (
    Competitor("python", ()),
    Competitor("gevent", ("-m", "gevent.monkey")),
    Competitor("eventlet", (UNDER_EVENTLET,)),
    Competitor("ocoro", OCORO),
    Competitor("ocoro --no-record", (*OCORO, "--no-record"), is_variant=True),
    Competitor("ocoro --trace", (*OCORO, "--trace"), is_variant=True),
)
