"""``python -m conformance [options] [MODULE ...]``: run, compare, say what was lost. Exit status 1: unexpectedly."""

from __future__ import annotations

import json
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import click
import pytest
from interpreters import Interpreter, found, ready

from conformance import exceptions
from conformance.catalogue import GROUPS, THIRD_PARTY, key_of, library, names_of
from conformance.exceptions import Exempt
from conformance.nest import UnavailableError, nest
from conformance.plain import Plain, default_folder
from conformance.process import Module, Outcome
from conformance.suites import SUITES
from conformance.table import document, table
from conformance.verdict import Verdict, compare


def launcher(python: str) -> list[str]:
    return [python, "-P", "-m", "ocoro", "run", "--quiet", "--no-record"]


def of_library(interpreter: Interpreter, names: Sequence[str], jobs: int, cache: Path, fresh: bool) -> list[Verdict]:
    """Compare CPython's own modules that `names` stand for, `jobs` at a time."""
    here = library(interpreter.path)
    plain = Plain(interpreter.path, key_of(interpreter.path), cache)
    modules = [Module(name) for name in here.modules(names)]
    return judged(interpreter, plain, launcher(interpreter.path), modules, jobs, fresh)


def tell_missing(interpreter: Interpreter, names: Iterable[str]) -> None:
    for name in names:
        if not library(interpreter.path).modules([name]):
            click.echo(f"python {interpreter} comes without {name}", err=True)


def of_suites(interpreter: Interpreter, names: Sequence[str], cache: Path, fresh: bool) -> list[Verdict]:
    """Compare the third-party suites that `names` stand for. Files of one suite share its server, and run in turn."""
    folder = cache / f"suites-{key_of(interpreter.path)}"
    verdicts = []
    for suite in SUITES:
        mine = [name for name in names if suite.chosen(name)]
        if not mine:
            continue
        try:
            with nest(suite, interpreter.path, folder) as made, suite.server(made.python, made.root) as options:
                plain = Plain(made.python, f"plain-{made.key}", made.home)
                modules = made.modules(mine, options)
                verdicts += judged(interpreter, plain, launcher(made.python), modules, 1, fresh)
        except (UnavailableError, pytest.skip.Exception) as reason:
            click.echo(f"{interpreter} {suite.name}: skipped, {reason}", err=True)
    return verdicts


def judged(
    interpreter: Interpreter, plain: Plain, ocoro: Sequence[str], modules: Sequence[Module], jobs: int, fresh: bool
) -> list[Verdict]:
    """Each verdict is announced when it is there."""
    if fresh:
        for module in modules:
            plain.forget(module)

    def one(module: Module) -> Verdict:
        verdict = compare(plain, ocoro, module)
        said = f"{verdict.kept} of {verdict.passed} kept" if verdict.passed else "plain python cannot run it"
        click.echo(f"{interpreter} {module.name}: {said}, {verdict.seconds:.0f} s", err=True)
        return verdict

    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(one, modules))


@dataclass(frozen=True, slots=True)
class Loss:
    version: str
    case: str
    outcome: Outcome
    kind: str  # "lost", "excepted", "unsteady"

    def __str__(self) -> str:
        return f"{self.kind}: {self.version} {self.case}  {self.outcome.line}"


def losses(results: dict[str, list[Verdict]], exempt: Sequence[Exempt]) -> Iterator[Loss]:
    """Every case that was lost, expected or not, and those that were lost the first time only."""
    for version, verdicts in results.items():
        for verdict in verdicts:
            for case, outcome in verdict.lost.items():
                excepted = any(each.covers(case, version) for each in exempt)
                yield Loss(version, case, outcome, "excepted" if excepted else "lost")
            for case, outcome in verdict.unsteady.items():
                yield Loss(version, case, outcome, "unsteady")


def unneeded(results: dict[str, list[Verdict]], lost: Sequence[Loss], exempt: Iterable[Exempt]) -> list[Exempt]:
    """Exceptions for cases of modules that ran here, all of which were kept."""
    return [
        each
        for each in exempt
        if any(each.concerns(version) and _ran(each, verdicts) for version, verdicts in results.items())
        and not any(each.covers(loss.case, loss.version) for loss in lost)
    ]


def _ran(exempt: Exempt, verdicts: Iterable[Verdict]) -> bool:
    return any(verdict.module.holds(exempt.case) for verdict in verdicts)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("modules", nargs=-1)
@click.option(
    "-g", "--group", "groups", multiple=True, type=click.Choice([*GROUPS, *THIRD_PARTY]), help="These modules only."
)
@click.option("-p", "--python", "versions", multiple=True, help="Only this version, such as 3.12 (repeatable).")
@click.option("-j", "--jobs", default=1, show_default=True, help="Modules at a time.")
@click.option("--json", "target", type=click.Path(path_type=Path), help="Write everything to this file.")
@click.option("--cache", type=click.Path(path_type=Path), help="Where plain python's results are kept.")
@click.option("--fresh", is_flag=True, help="Do not use what is kept of plain python.")
@click.option("--update", is_flag=True, help="Add unexpected losses to exceptions.txt; the reasons are up to you.")
def main(
    modules: tuple[str, ...],
    groups: tuple[str, ...],
    versions: tuple[str, ...],
    jobs: int,
    target: Path | None,
    cache: Path | None,
    fresh: bool,
    update: bool,
) -> None:
    """Run CPython's own tests, or third-party suites, under plain python and under ocoro, and compare.

    MODULES are names such as threading, test_socket, urllib*, asyncio.test_events; without any it is all of CPython's.
    Names with a slash are third-party suites: tornado/, or trio/test_threads.py; `-g suites` means all of these.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)  # or a shell's background job would hand it down ignored
    exempt = exceptions.read(exceptions.FILE.read_text())
    names = modules if modules and not groups else [*modules, *names_of(groups or GROUPS)]
    suites = [name for name in names if "/" in name]
    own = [name for name in names if "/" not in name]
    kept = cache or default_folder()
    results: dict[str, list[Verdict]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for each in found():
            if not versions or each.version in versions:
                of_version = results[each.version] = []
                if own:
                    tell_missing(each, [name for name in modules if name in own])
                    of_version += of_library(ready(each, Path(folder)), own, jobs, kept, fresh)
                of_version += of_suites(each, suites, kept, fresh)
    for version, of_version in results.items():
        click.echo(table(version, of_version))
    if target:
        target.write_text(json.dumps(document(results), indent=1))
    sys.exit(finish(results, exempt, update))


def finish(results: dict[str, list[Verdict]], exempt: list[Exempt], update: bool) -> int:
    """Say what was lost; returns the exit status."""
    lost = list(losses(results, exempt))
    for loss in lost:
        click.echo(str(loss))
    for each in unneeded(results, lost, exempt):
        click.echo(f"not needed: {each.case}")
    surprises = [(loss.version, loss.case) for loss in lost if loss.kind == "lost"]
    if update and surprises:
        with exceptions.FILE.open("a") as file:
            file.write(exceptions.proposed(surprises))
    return 1 if surprises else 0


if __name__ == "__main__":
    main()
