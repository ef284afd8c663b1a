"""The rows as a table, for a terminal or as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.competitors import Competitor
from benchmarks.results import OURS, PEERS, Row

WIDTH_OF_A_FILE = 240  # where there is no terminal to ask; Markdown breaks if a heading takes two lines


def number(value: float | None) -> str:
    """Three digits, or all there are before the point."""
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def cell(row: Row, competitor: Competitor) -> str:
    failure = row.failure(competitor.name)
    return failure.partition(":")[0] if failure else number(row.median(competitor.name))


def ratio(row: Row, peer: str) -> str:
    value = row.ratio(peer)
    return "" if value is None else f"{value:.2f}"


def target(row: Row) -> str:
    """The target, whether it is met, and the ratio if no other column shows it."""
    wanted = row.figure.target
    if wanted is None:
        return ""
    verdict = {True: "[green]met[/]", False: "[red]missed[/]", None: "?"}[row.met]
    shown = f" ({row.target_ratio:.2f})" if wanted.benchmark and row.target_ratio is not None else ""
    return f"≤ {wanted}: {verdict}{shown}"


def table(rows: Sequence[Row], competitors: Sequence[Competitor], markdown: bool) -> Table:
    result = Table(box=box.MARKDOWN if markdown else box.SIMPLE_HEAD)
    result.add_column("benchmark", no_wrap=True)
    result.add_column("unit")
    for competitor in competitors:
        result.add_column(f"{competitor.name} {competitor.version}", justify="right")
    for peer in PEERS:
        result.add_column(f"{OURS} / {peer}", justify="right")
    result.add_column("target", no_wrap=True)
    for row in rows:
        measured = [cell(row, competitor) for competitor in competitors]
        result.add_row(row.figure.title, row.figure.unit, *measured, *(ratio(row, peer) for peer in PEERS), target(row))
    return result


def footnotes(rows: Sequence[Row], competitors: Sequence[Competitor]) -> list[str]:
    """What the cells are too small for: why a competitor failed."""
    pairs = [(row, competitor.name) for row in rows for competitor in competitors]
    notes = [f"{row.benchmark.name}, {name}: {why}" for row, name in pairs if (why := row.failure(name))]
    return list(dict.fromkeys(notes))


def show(rows: Sequence[Row], competitors: Sequence[Competitor], markdown: bool) -> None:
    console = Console(no_color=markdown, highlight=False)
    if markdown or not console.is_terminal:
        console.width = WIDTH_OF_A_FILE
    console.print(table(rows, competitors, markdown))
    for note in footnotes(rows, competitors):
        console.print(note, markup=False, soft_wrap=True)
