"""What the recording knows of the coroutines that live: the place of each wait, and no stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocoro.cli.dumped.model import Frame, Shown

if TYPE_CHECKING:
    from ocoro.cli.recorded.model import Run

SECOND = 1_000_000_000


def known(run: Run) -> list[Shown]:
    """As of the latest fold, which is a few milliseconds old while the program can do anything at all."""
    living = [each for each in run.coroutine_records if each.state != "ended"]
    return [
        Shown(
            each.number,
            each.name,
            each.state,
            each.site.call if each.site and each.state == "waiting" else "",
            max(0, run.wall - each.since) / SECOND,
            max(0, run.wall - each.started) / SECOND,
            frames=[Frame(each.site.file, each.site.line, each.site.function)] if each.site and each.site.file else [],
            is_whole=False,
        )
        for each in living
    ]
