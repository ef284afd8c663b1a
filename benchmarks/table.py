"""The rows as tables, for a terminal or as Markdown: ocoro and its peers, and what recording costs."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.competitors import Competitor
from benchmarks.results import OURS, PEERS, TRACED, UNRECORDED, Row

VERDICTS = {True: "[green]met[/]", False: "[red]missed[/]", None: "?"}
WIDTH_OF_A_FILE = 240  # where there is no terminal to ask; Markdown breaks if a heading takes two lines


def number(value: float | None) -> str:
    """Three digits, or all there are before the point."""
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def cell(row: Row, competitor: Competitor) -> str:
    failure = row.failure(competitor.name)
    return failure.partition(":")[0] if failure else number(row.median(competitor.name))


def ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def target(row: Row) -> str:
    """The target, whether it is met, and the ratio if no other column shows it."""
    wanted = row.figure.target
    if wanted is None:
        return ""
    verdict = VERDICTS[row.met]
    shown = f" ({row.target_ratio:.2f})" if wanted.benchmark and row.target_ratio is not None else ""
    return f"≤ {wanted}: {verdict}{shown}"


def cost_target(row: Row, name: str) -> str:
    """The target for what one way of recording costs, and whether it is met."""
    limit, found = row.cost_limits[name], row.costs[name]
    if limit is None:
        return ""
    return f"≤ {limit:.2f}: {VERDICTS[None if found is None else found <= limit]}"


def empty_table(markdown: bool) -> Table:
    result = Table(box=box.MARKDOWN if markdown else box.SIMPLE_HEAD)
    result.add_column("benchmark", no_wrap=True)
    result.add_column("unit")
    return result


def cost_table(rows: Sequence[Row], variants: Sequence[Competitor], markdown: bool) -> Table:
    result = empty_table(markdown)
    for competitor in variants:
        result.add_column(competitor.name, justify="right")
    for name in (OURS, TRACED):
        result.add_column(" / ".join(each.removeprefix(f"{OURS} ") for each in (name, UNRECORDED)), justify="right")
        result.add_column("target", no_wrap=True)
    for row in rows:
        measured = [cell(row, competitor) for competitor in variants]
        costs = [text for name in (OURS, TRACED) for text in (ratio(row.costs[name]), cost_target(row, name))]
        result.add_row(row.figure.title, row.figure.unit, *measured, *costs)
    return result


def table(rows: Sequence[Row], competitors: Sequence[Competitor], markdown: bool) -> Table:
    result = empty_table(markdown)
    for competitor in competitors:
        result.add_column(f"{competitor.name} {competitor.version}", justify="right")
    for peer in PEERS:
        result.add_column(f"{OURS} / {peer}", justify="right")
    result.add_column("target", no_wrap=True)
    for row in rows:
        measured = [cell(row, competitor) for competitor in competitors]
        ratios = [ratio(row.ratio(peer)) for peer in PEERS]
        result.add_row(row.figure.title, row.figure.unit, *measured, *ratios, target(row))
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
    rivals = [competitor for competitor in competitors if not competitor.is_variant]
    if rivals:
        console.print(table(rows, rivals, markdown))
    variants = [competitor for competitor in competitors if competitor.package == OURS]
    with_cost = [row for row in rows if row.figure.cost]
    if with_cost and len(variants) > 1:
        console.print()
        console.print(cost_table(with_cost, variants, markdown))
    for note in footnotes(rows, competitors):
        console.print(note, markup=False, soft_wrap=True)
