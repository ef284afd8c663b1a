"""What --fail-if says: `blocked>50ms`, `overlapped<90%`, `recv.p99 >= 10ms`."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ocoro.cli.errors import UsageError
from ocoro.cli.recorded.model import Aggregate, Site
from ocoro.cli.report import duration
from ocoro.cli.show import fields, units
from ocoro.cli.show.select import by_call

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocoro.cli.recorded.model import Run
    from ocoro.cli.show.fields import Kind

OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}
RUN_FIELDS: dict[str, tuple[Kind, Callable[[Run], float]]] = {
    "wall": (fields.TIME, lambda run: run.wall),
    "running": (fields.TIME, lambda run: run.running),
    "idle": (fields.TIME, lambda run: run.idle),
    "blocked": (fields.TIME, lambda run: run.blocked),
    "cpu": (fields.TIME, lambda run: run.cpu),
    "waits": (fields.TIME, lambda run: run.waits),
    "late": (fields.TIME, lambda run: sum(each.late for each in run.aggregates)),
    "held": (fields.TIME, lambda run: sum(each.held for each in run.aggregates)),
    "overlapped": (fields.SHARE, lambda run: run.overlapped),
    "errors": (fields.COUNT, lambda run: sum(each.errors for each in run.aggregates)),
    "switches": (fields.COUNT, lambda run: run.switches),
    "preemptions": (fields.COUNT, lambda run: run.preemptions),
    "coroutines": (fields.COUNT, lambda run: run.coroutines),
}
CALL_FIELDS: dict[str, tuple[Kind, Callable[[Aggregate], float]]] = {
    "calls": (fields.COUNT, lambda each: each.calls),
    "waits": (fields.COUNT, lambda each: each.waits),
    "errors": (fields.COUNT, lambda each: each.errors),
    "bytes": (fields.SIZE, lambda each: each.bytes),
    "wait": (fields.TIME, lambda each: each.wait),
    "late": (fields.TIME, lambda each: each.late),
    "blocked": (fields.TIME, lambda each: each.blocked),
    "held": (fields.TIME, lambda each: each.held),
    "max": (fields.TIME, lambda each: each.longest),
}
EXAMPLES = "for example --fail-if 'blocked>50ms', --fail-if 'overlapped<90%', --fail-if 'recv.p99>=0.1s'"
_CONDITION = re.compile(
    rf"\s*(?:(?P<call>\w+)\.)?(?P<field>\w+(?:\.[0-9]+)?)\s*(?P<operator>[<>]=?|[=!]=)\s*"
    rf"{units.NUMBER}\s*{units.UNIT}\s*"
)
_QUANTILE = re.compile(r"p([0-9]{1,2}(?:\.[0-9]+)?)")


@dataclass(frozen=True, slots=True)
class Condition:
    """A figure, of the run or of the calls of one name, that is compared with a limit."""

    text: str
    call: str  # empty: of the run
    field: str
    operator: str
    number: float
    unit: str

    def problem(self, run: Run) -> str:
        """A sentence that names the value if the condition holds of the run; empty if not."""
        kind, value = self._measured(run)
        if not OPERATORS[self.operator](value, self._limit(kind, run)):
            return ""
        return f"{self.text} holds: {self._name} is {_shown(kind, value)}{self._part(kind, value, run)}"

    def is_about_nothing(self, run: Run) -> bool:
        """Whether the run has no such call, so that all its figures are 0."""
        return bool(self.call) and all(each.site.call != self.call for each in run.aggregates)

    @property
    def _name(self) -> str:
        return f"{self.call}.{self.field}" if self.call else self.field

    def _measured(self, run: Run) -> tuple[Kind, float]:
        if not self.call:
            kind, value = RUN_FIELDS[self.field]
            return kind, value(run)
        found = [each for each in by_call(run.aggregates) if each.site.call == self.call]
        aggregate = found[0] if found else Aggregate(Site(0, self.call))
        share = _share(self.field)
        if share is not None:
            return fields.TIME, fields.quantile(aggregate, share)
        call_kind, of_call = CALL_FIELDS[self.field]
        return call_kind, of_call(aggregate)

    def _limit(self, kind: Kind, run: Run) -> float:
        if kind is fields.TIME:
            return self.number / 100 * run.wall if self.unit == "%" else self.number * units.TIMES[self.unit or "s"]
        return self.number / 100 if self.unit == "%" else self.number

    def _part(self, kind: Kind, value: float, run: Run) -> str:
        is_part = self.unit == "%" and kind is fields.TIME and run.wall
        return f", {units.percent(value / run.wall)} of wall" if is_part else ""


def parse(text: str) -> Condition:
    """The condition that was written; UsageError if it is none."""
    given = _CONDITION.fullmatch(text)
    if given is None:
        cause = f"a condition is a figure, one of < <= > >= == != and a number, which may have a unit: {units.UNITS}"
        raise UsageError(f"--fail-if: {text!r} is no condition", cause, EXAMPLES)
    call, field, unit = given["call"] or "", given["field"], given["unit"]
    kind = _kind(text, call, field)
    if unit and kind is not fields.TIME and not (kind is fields.SHARE and unit == "%"):
        cause = f"{field} is {'a share' if kind is fields.SHARE else 'a number'}, no time"
        raise UsageError(f"--fail-if: {unit!r} in {text!r} is no unit of {field}", cause, EXAMPLES)
    return Condition(text.strip(), call, field, given["operator"], float(given["number"]), unit)


def _kind(text: str, call: str, field: str) -> Kind:
    if call and _share(field) is not None:
        return fields.TIME
    known = [*CALL_FIELDS, "p50", "p99"] if call else list(RUN_FIELDS)
    if field not in known:
        owner = "a call" if call else "a run"
        raise UsageError(
            f"--fail-if: there is no figure {field!r} in {text!r}",
            f"those of {owner} are {', '.join(known)}",
            EXAMPLES,
        )
    return CALL_FIELDS[field][0] if call else RUN_FIELDS[field][0]


def _share(field: str) -> float | None:
    """0.99 for p99; None for what is no quantile."""
    given = _QUANTILE.fullmatch(field)
    return float(given[1]) / 100 if given else None


def _shown(kind: Kind, value: float) -> str:
    if kind is fields.TIME:
        return duration(round(value))
    return units.percent(value) if kind is fields.SHARE else units.count(round(value))
