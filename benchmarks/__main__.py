"""``python -m benchmarks``: run the programs under all competitors and print what came out."""

from __future__ import annotations

import json
import resource
import shutil
from collections.abc import Sequence
from pathlib import Path

import click

from benchmarks.catalogue import BENCHMARKS, Benchmark
from benchmarks.competitors import COMPETITORS, Competitor
from benchmarks.results import document, rows
from benchmarks.runner import Effort, Records, rounds
from benchmarks.table import show

DESCRIPTORS = 8192  # what the largest benchmark needs, with room to spare


def raise_descriptor_limit() -> None:
    """The programs inherit our limit, and the usual one of 1,024 is too low for 1,000 clients in one process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < DESCRIPTORS:
        wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def usable_benchmarks(names: Sequence[str]) -> list[Benchmark]:
    chosen = [benchmark for benchmark in BENCHMARKS if benchmark.name in names or not names]
    for benchmark in chosen:
        if benchmark.needs and not shutil.which(benchmark.needs):
            click.echo(f"left out: {benchmark.name} ({benchmark.needs} is not installed)", err=True)
    return [benchmark for benchmark in chosen if not benchmark.needs or shutil.which(benchmark.needs)]


def usable_competitors(names: Sequence[str]) -> list[Competitor]:
    chosen = [competitor for competitor in COMPETITORS if competitor.name in names or not names]
    for competitor in chosen:
        if not competitor.installed:
            click.echo(f"left out: {competitor.name} (not installed)", err=True)
    return [competitor for competitor in chosen if competitor.installed]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-b", "--benchmark", "names", multiple=True, help="Only this benchmark (repeatable).",
    type=click.Choice([benchmark.name for benchmark in BENCHMARKS]),
)  # fmt: skip
@click.option(
    "-c", "--competitor", "rivals", multiple=True, help="Only this competitor (repeatable).",
    type=click.Choice([competitor.name for competitor in COMPETITORS]),
)  # fmt: skip
@click.option("-r", "--rounds", "number", default=3, show_default=True, type=click.IntRange(min=1))
@click.option("--limit", default=60.0, show_default=True, help="Seconds that one process may take.")
@click.option("--tiny", is_flag=True, help="Only see that everything works; the figures mean nothing.")
@click.option("--markdown", is_flag=True, help="Print the table as Markdown.")
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Also write all values there.")
def main(
    names: Sequence[str],
    rivals: Sequence[str],
    number: int,
    limit: float,
    tiny: bool,
    markdown: bool,
    file: Path | None,
) -> None:
    """Run the benchmarks under python, gevent, eventlet and ocoro in turn; print medians, ratios and targets."""
    raise_descriptor_limit()
    benchmarks, competitors = usable_benchmarks(names), usable_competitors(rivals)
    records: Records = {}
    for line in rounds(benchmarks, competitors, Effort(number, limit, tiny), records):
        click.echo(line, err=True)
    measured = rows(benchmarks, records)
    show(measured, competitors, markdown)
    if file is not None:
        file.write_text(json.dumps(document(measured, competitors), indent=2) + "\n")


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
