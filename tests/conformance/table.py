"""What came out, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conformance.process import as_json
from conformance.verdict import Verdict

_COLUMNS = ("passed", "kept", "lost", "hung", "unsteady")


def row(verdict: Verdict) -> tuple[int, ...]:
    return verdict.passed, verdict.kept, len(verdict.lost), verdict.hung, len(verdict.unsteady)


def totals(verdicts: Iterable[Verdict]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*map(row, verdicts), strict=True))) or (0,) * len(_COLUMNS)


def table(version: str, verdicts: Sequence[Verdict]) -> str:
    """One line per module: passed by plain python, and of these kept, lost, hung; unsteady ones count as kept."""
    lines = [f"{f'python {version}':40}" + "".join(f"{name:>10}" for name in _COLUMNS)]
    for verdict in verdicts:
        lines.append(_line(verdict.module.name.removeprefix("test."), row(verdict)))
    whole = totals(verdicts)
    share = whole[1] / whole[0] * 100 if whole[0] else 100
    lines.append(_line("all", whole) + f"   {share:.2f} % kept")
    return "\n".join(lines)


def _line(name: str, numbers: Iterable[int]) -> str:
    return f"{name:40}" + "".join(f"{number:10}" for number in numbers)


def document(results: dict[str, list[Verdict]]) -> dict[str, object]:
    return {
        version: {
            verdict.module.name: {
                **dict(zip(_COLUMNS, row(verdict), strict=True)),
                "seconds": round(verdict.seconds, 1),
                "cases_lost": as_json(verdict.lost),
                "cases_unsteady": as_json(verdict.unsteady),
            }
            for verdict in verdicts
        }
        for version, verdicts in results.items()
    }
