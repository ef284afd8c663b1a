"""Tables from one description: aligned text that is never cut, and rich tables that fit the width of a terminal.

`plain` and `fitted` take the same columns and rows. Cells are texts. A terminal's table first shortens what has a way
to be shortened, then loses the columns with the highest rank, one after the other; digits are never cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ocoro.cli.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Literal

    from rich.table import Table

GAP = 2  # spaces between two columns
LEAST = 8  # columns that a cell which can be shortened keeps on the narrowest terminal


@dataclass(frozen=True, slots=True)
class Column:
    """How one column looks."""

    title: str
    rank: int = 0  # 0: always there; else the column with the highest rank goes first when space is short
    right: bool = True  # numbers stand to the right, texts to the left
    style: str = ""  # rich's words: "cyan", "bold red"
    shorten: Callable[[str, int], str] | None = None  # (cell, columns) -> the same in as many columns, or as near
    least: int = 0  # columns that a cell is at least given before another column has to go


def plain(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[str]:
    """The title line and a line per row, aligned, whatever their width; no blanks at the ends of lines."""
    rows = _visible(rows)
    widths = _widths(columns, rows)
    gap = " " * GAP
    lines = ([column.title for column in columns], *rows)
    return [gap.join(map(_aligned, line, widths, columns)).rstrip() for line in lines]


def fitted(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> Table:
    """A rich table that is at most `width` wide, unless what may neither be dropped nor shortened is wider."""
    from rich.table import Table
    from rich.text import Text

    rows = _visible(rows)
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, GAP, 0, 0))
    fit = _fit(columns, rows, width)
    for at, size in fit.items():
        justify: Literal["right", "left"] = "right" if columns[at].right else "left"
        table.add_column(columns[at].title, justify=justify, style=columns[at].style, width=size, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_short(row[at], size, columns[at])) for at, size in fit.items()))
    return table


def width_of(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> int:
    """How wide the table that `fitted` makes is."""
    return _total(_fit(columns, _visible(rows), width))


def _visible(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    return [[visible(cell) for cell in row] for row in rows]


def _fit(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> dict[int, int]:
    """Position of each column that fits -> its width."""
    kept = dict(enumerate(_widths(columns, rows)))
    while True:
        highest = max((columns[at].rank for at in kept), default=0)
        shorter = _shortened(columns, kept, _total(kept) - width, is_last=not highest)
        if _total(shorter) <= width or not highest:
            return shorter
        kept = {at: size for at, size in kept.items() if columns[at].rank != highest}


def _shortened(columns: Sequence[Column], widths: dict[int, int], excess: int, is_last: bool) -> dict[int, int]:
    """The same, with what can be shortened made narrower by `excess` in all, or by as much as it allows."""
    result = {}
    for at, size in widths.items():
        least = LEAST if is_last else columns[at].least
        spare = max(0, min(excess, size - least)) if columns[at].shorten else 0
        excess -= spare
        result[at] = size - spare
    return result


def _total(widths: dict[int, int]) -> int:
    """The width of a table with columns of these widths."""
    return sum(widths.values()) + GAP * (len(widths) - 1)


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[int]:
    from rich.cells import cell_len

    return [max(cell_len(column.title), *(cell_len(row[at]) for row in rows), 0) for at, column in enumerate(columns)]


def _aligned(cell: str, width: int, column: Column) -> str:
    from rich.cells import cell_len

    blanks = " " * (width - cell_len(cell))
    return blanks + cell if column.right else cell + blanks


def _short(cell: str, width: int, column: Column) -> str:
    from rich.cells import cell_len

    return column.shorten(cell, width) if column.shorten and cell_len(cell) > width else cell
