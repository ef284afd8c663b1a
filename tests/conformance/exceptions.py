"""The cases that ocoro may lose: one per line of `exceptions.txt`, ``test.id  reason``.

The id may have wildcards; ``test.id [3.12 3.13]  reason`` is for these versions only. A line without a reason is
refused. ``#`` begins a comment.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("exceptions.txt")
_LINE = re.compile(r"(?P<case>\S+(?: \((?:exit|between cases)\))?)(?: \[(?P<versions>[\d. ]+)\])?  +(?P<reason>\S.*)")


@dataclass(frozen=True, slots=True)
class Exempt:
    case: str  # may have wildcards
    versions: tuple[str, ...]  # none: all
    reason: str

    def covers(self, case: str, version: str) -> bool:
        return self.concerns(version) and (case == self.case or fnmatch.fnmatchcase(case, self.case))

    def concerns(self, version: str) -> bool:
        return not self.versions or version in self.versions


def read(text: str) -> list[Exempt]:
    """Raise ValueError at a line that is not like ``test.id  reason``."""
    exempt = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line.rstrip())
        if found is None:
            raise ValueError(f"line {number} is not 'test.id  reason' (two spaces, and a reason): {line!r}")
        exempt.append(Exempt(found["case"], tuple((found["versions"] or "").split()), found["reason"]))
    return exempt


def proposed(losses: Iterable[tuple[str, str]]) -> str:
    """Lines for (version, case), to be given a reason by hand; until then `read` refuses them."""
    versions: dict[str, list[str]] = {}
    for version, case in losses:
        versions.setdefault(case, []).append(version)
    return "".join(f"{case} [{' '.join(where)}]\n" for case, where in sorted(versions.items()))
