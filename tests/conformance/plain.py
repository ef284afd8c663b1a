"""What plain python says of its own tests: run once, a second time where ocoro loses something, and kept."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import MappingProxyType

from conformance.process import Module, Outcomes, as_json, from_json, run_module

_FORMAT = 1  # of the files; raise it when `cases.py` runs something else


def default_folder() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(cache) / "ocoro-conformance"


class Plain:
    """The outcomes of one interpreter."""

    def __init__(self, python: str, key: str, folder: Path) -> None:
        self._python = python
        self._folder = folder / f"{key}-{_FORMAT}"
        self._folder.mkdir(parents=True, exist_ok=True)

    def run(self, module: Module, number: int = 0, without: Outcomes = MappingProxyType({})) -> Outcomes:
        """Run `number` of `module`, as kept or made now."""
        kept = self._kept(module, number)
        if kept.exists():
            return from_json(json.loads(kept.read_text()))
        outcomes = run_module([self._python], module, without=without)
        new = kept.with_suffix(f".{os.getpid()}")
        new.write_text(json.dumps(as_json(outcomes)))
        new.replace(kept)
        return outcomes

    def forget(self, module: Module) -> None:
        for number in (0, 1):
            self._kept(module, number).unlink(missing_ok=True)

    def _kept(self, module: Module, number: int) -> Path:
        return self._folder / f"{module.name.replace('/', '-')}.{number}.json"
