"""One module under plain python and under ocoro, compared."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from conformance.plain import Plain
from conformance.process import Module, Outcome, Outcomes, run_module


@dataclass(slots=True)
class Verdict:
    module: Module
    passed: int = 0  # under plain python
    lost: dict[str, Outcome] = field(default_factory=dict)
    unsteady: dict[str, Outcome] = field(default_factory=dict)  # lost, but not the second time
    seconds: float = 0.0  # under ocoro

    @property
    def hung(self) -> int:
        return sum(outcome.outcome == "hung" for outcome in self.lost.values())

    @property
    def kept(self) -> int:
        return self.passed - len(self.lost)


def compare(plain: Plain, ocoro: Sequence[str], module: Module) -> Verdict:
    """What plain python passes is run under ocoro; what is lost gets a second chance in both."""
    first = plain.run(module)
    passed = {case for case, outcome in first.items() if outcome.passed}
    bad = {case: outcome for case, outcome in first.items() if outcome.outcome in ("hung", "crashed")}
    outcomes = run_module(ocoro, module, without=bad, usual=lambda case: first[case].seconds if case in first else 0.0)
    seconds = sum(outcome.seconds for case, outcome in outcomes.items() if case not in bad)
    verdict = Verdict(module, len(passed), seconds=seconds)
    lost = _lost(passed, outcomes)
    if lost:
        second = plain.run(module, 1, bad)
        unsure = {case for case in lost if case not in second or not second[case].passed}
        verdict.passed -= len(unsure)
        worth_it = _worth_it(lost, unsure)
        again = run_module(ocoro, module, only=worth_it) if worth_it else {}
        for case in sorted(set(lost) - unsure):
            better = case in again and again[case].passed
            (verdict.unsteady if better else verdict.lost)[case] = lost[case]
    return verdict


def _lost(passed: set[str], outcomes: Outcomes) -> Outcomes:
    return {
        case: outcomes.get(case) or _why_none(case, outcomes)
        for case in sorted(passed)
        if case not in outcomes or not outcomes[case].passed
    }


def _why_none(case: str, outcomes: Outcomes) -> Outcome:
    """The case has no outcome of its own: its module could not be imported, or its class not be set up."""
    for name, outcome in outcomes.items():
        setup = re.fullmatch(r"setUp(?:Class|Module) \((.*)\)", name)
        if not outcome.passed and Module(setup[1] if setup else name).holds(case):
            return Outcome("not run", 0.0, outcome.error)
    return Outcome("not run", 0.0, "no result")


def _worth_it(lost: Outcomes, unsure: set[str]) -> set[str]:
    """Not what hung, which would most likely hang again, and not a bad end, which is due to the cases."""
    return {
        case
        for case, outcome in lost.items()
        if case not in unsure and outcome.outcome != "hung" and not case.endswith(" (exit)")
    }
