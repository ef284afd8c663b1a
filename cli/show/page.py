"""Writes lines and tables to a stream: in colours and fitting the width on a terminal, plain and never cut elsewhere.

Colours are a matter of --color, NO_COLOR (no-color.org), FORCE_COLOR (force-color.org) and whether the stream is a
terminal; the width is a matter of the terminal alone. No text and no cell gets out of its place.
"""

from __future__ import annotations

import os
from io import StringIO
from typing import TYPE_CHECKING, TextIO

from ocoro.cli.show import tables
from ocoro.cli.show.octaves import BLOCKS
from ocoro.cli.visible import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console, RenderableType
    from rich.text import Text

    from ocoro.cli.show.tables import Column

COLORS = ("auto", "always", "never")
ENDLESS = 1 << 16  # width where nothing may be cut
WIDTH_UNKNOWN = 80

Span = str | tuple[str, str]  # text, or text and its style in rich's words


class Page:
    """One stream that is written to."""

    def __init__(self, stream: TextIO, color: str = "auto", environment: Mapping[str, str] = os.environ) -> None:
        self._stream = stream
        self._encoding = stream.encoding or "utf-8"
        self.width = _width(stream) if stream.isatty() else None  # None: not a terminal, nothing is to be cut
        self.colored = _is_colored(color, environment, stream.isatty())
        self.has_blocks = _can_encode(BLOCKS, self._encoding)

    def line(self, *spans: Span, indent: int = 0, hang: int = 0) -> None:
        """One line; on a terminal as many as it takes, all of them indented, and the further ones by `hang` more."""
        spans = tuple(visible(each) if isinstance(each, str) else (visible(each[0]), each[1]) for each in spans)
        if not spans or (self.width is None and not self.colored):
            self._write((" " * indent + "".join(_bare(span) for span in spans)).rstrip() + "\n")
            return
        from rich.padding import Padding
        from rich.text import Text

        text = Text.assemble(*spans)
        text.rstrip()
        width = self.width or ENDLESS
        if hang:
            text = self._hanging(text, width - indent, hang)
        self._render(Padding(text, (0, 0, 0, indent), expand=False), width)

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
        """A table as `tables` makes it."""
        if self.width is None and not self.colored:
            self._write("".join(f"{line}\n" for line in tables.plain(columns, rows)))
            return
        width = self.width or ENDLESS
        self._render(tables.fitted(columns, rows, width), max(width, tables.width_of(columns, rows, width)))

    def _hanging(self, text: Text, width: int, hang: int) -> Text:
        """The text in lines of this width; what stands before the column `hang` stays alone there."""
        from rich.text import Text

        head, body = text.divide([hang])
        first, *others = body.wrap(self._console(StringIO(), width), max(1, width - hang))
        return Text("\n").join([head + first, *(Text(" " * hang) + each for each in others)])

    def _render(self, what: RenderableType, width: int) -> None:
        text = StringIO()
        self._console(text, width).print(what)
        self._write("".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines()))

    def _console(self, text: StringIO, width: int) -> Console:
        from rich.console import Console

        return Console(
            file=text,
            width=width,
            force_terminal=self.colored,
            color_system="standard" if self.colored else None,
            no_color=not self.colored,
            highlight=False,
            markup=False,
            emoji=False,
            _environ={},
        )

    def _write(self, text: str) -> None:
        self._stream.write(text.encode(self._encoding, "backslashreplace").decode(self._encoding))


def _bare(span: Span) -> str:
    return span if isinstance(span, str) else span[0]


def _width(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or WIDTH_UNKNOWN
    except (OSError, ValueError):
        return WIDTH_UNKNOWN


def _is_colored(color: str, environment: Mapping[str, str], is_terminal: bool) -> bool:
    if color != "auto":
        return color == "always"
    if environment.get("NO_COLOR"):
        return False
    return bool(environment.get("FORCE_COLOR")) or (is_terminal and environment.get("TERM") != "dumb")


def _can_encode(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
