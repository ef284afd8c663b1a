"""Lines and tables on terminals, in pipes, with and without colours."""

import io
import os
import re
import termios

import pytest

from ocoro.cli.show.page import Page
from ocoro.cli.show.tables import Column

COLUMNS = (Column("call", right=False, style="cyan"), Column("calls", rank=1), Column("total wait"))
ROWS = (("recv", "1,234", "12.3 ms"),)


class Terminal(io.StringIO):
    """Says it is one, and has no size."""

    def isatty(self):
        return True


def written(stream, color="auto", environment=None):
    page = Page(stream, color, {"TERM": "xterm"} if environment is None else environment)
    page.line("all of it: ", ("frob", "bold"), indent=2)
    page.line()
    page.table(COLUMNS, ROWS)
    return stream.getvalue()


PLAIN = "  all of it: frob\n\ncall  calls  total wait\nrecv  1,234     12.3 ms\n"


def test_pipe_gets_plain_text():
    assert written(io.StringIO()) == PLAIN


def test_terminal_gets_colours():
    text = written(Terminal())
    assert "\x1b[1mfrob\x1b[0m" in text
    assert "\x1b[36mrecv" in text


@pytest.mark.parametrize(
    ("color", "environment", "is_colored"),
    [
        ("auto", {"TERM": "xterm"}, True),
        ("auto", {"TERM": "xterm", "NO_COLOR": "1"}, False),
        ("auto", {"TERM": "xterm", "NO_COLOR": ""}, True),
        ("auto", {"TERM": "dumb"}, False),
        ("auto", {"TERM": "dumb", "FORCE_COLOR": "1"}, True),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ("never", {"TERM": "xterm", "FORCE_COLOR": "1"}, False),
        ("always", {"TERM": "dumb", "NO_COLOR": "1"}, True),
    ],
)
def test_colours_are_chosen(color, environment, is_colored):
    assert ("\x1b" in written(Terminal(), color, environment)) == is_colored


@pytest.mark.parametrize(("color", "environment"), [("always", {}), ("auto", {"FORCE_COLOR": "1"})])
def test_coloured_pipe_is_not_cut(color, environment):
    stream = io.StringIO()
    Page(stream, color, environment).line(("word " * 100 + "end", "bold"))
    assert stream.getvalue() == "\x1b[1m" + "word " * 100 + "end\x1b[0m\n"


def test_terminal_of_unknown_size_is_80_wide():
    assert Page(Terminal(), "never", {}).width == 80


@pytest.mark.parametrize("width", [40, 80, 200])
def test_lines_wrap_with_their_indent(width):
    master, slave = os.openpty()
    termios.tcsetwinsize(slave, (24, width))
    with open(slave, "w") as stream:
        Page(stream, "never").line("word " * 60, indent=4)
        stream.flush()
        lines = os.read(master, 4096).decode().splitlines()
    os.close(master)
    assert all(line.startswith("    word") and len(line) <= width for line in lines)
    assert sum(line.count("word") for line in lines) == 60


@pytest.mark.parametrize("color", ["never", "always"])
def test_further_lines_hang_behind_the_first(color):
    stream = Terminal()
    Page(stream, color, {}).line(("waits  ", "bold"), "sum of many, " * 12 + "100 %", indent=2, hang=7)
    lines = re.sub("\x1b\\[[0-9;]*m", "", stream.getvalue()).splitlines()
    assert lines[0].startswith("  waits  sum of many")
    assert all(line.startswith("         ") and line[9] != " " for line in lines[1:])
    assert len(lines) == 3
    assert max(map(len, lines)) <= 80


def test_line_that_fits_does_not_hang():
    stream = Terminal()
    Page(stream, "never", {}).line("wall  250 ms", hang=21)
    assert stream.getvalue() == "wall  250 ms\n"


def test_what_the_encoding_lacks_is_escaped():
    data = io.BytesIO()
    stream = io.TextIOWrapper(data, "ascii")
    page = Page(stream, "never", {})
    page.line("wörk\udce9")
    stream.flush()
    assert data.getvalue() == b"w\\xf6rk\\udce9\n"
    assert not page.has_blocks


def test_utf8_has_blocks():
    assert Page(io.TextIOWrapper(io.BytesIO(), "utf-8"), "never", {}).has_blocks
