"""One description makes aligned text and a table that fits a terminal."""

from io import StringIO

import pytest
from rich.console import Console

from ocoro.cli.show import places
from ocoro.cli.show.tables import Column, fitted, plain, width_of

COLUMNS = (
    Column("call", right=False),
    Column("calls", rank=2),
    Column("total wait"),
    Column("p99", rank=1),
    Column("place", right=False, shorten=places.shorten, least=12),
)
ROWS = (
    ("recv", "1,234,567", "12.3 ms", "9.81 ms", "/usr/lib/python3.12/http/client.py:286 _read_status"),
    ("sleep", "2", "1.00  s", "-", "work.py:7 [bold]run"),
)


def drawn(width, columns=COLUMNS, rows=ROWS):
    text = StringIO()
    Console(file=text, width=max(width, width_of(columns, rows, width)), markup=False).print(
        fitted(columns, rows, width)
    )
    return [line.rstrip() for line in text.getvalue().splitlines()]


def test_plain_text_is_aligned_and_never_cut():
    assert plain(COLUMNS, ROWS) == [
        "call       calls  total wait      p99  place",
        "recv   1,234,567     12.3 ms  9.81 ms  /usr/lib/python3.12/http/client.py:286 _read_status",
        "sleep          2     1.00  s        -  work.py:7 [bold]run",
    ]


def test_wide_terminal_shows_the_same_as_plain_text():
    assert drawn(120) == plain(COLUMNS, ROWS)


def test_text_is_shortened_before_a_column_goes():
    assert drawn(70) == [
        "call       calls  total wait      p99  place",
        "recv   1,234,567     12.3 ms  9.81 ms  .../client.py:286 _read_status",
        "sleep          2     1.00  s        -  work.py:7 [bold]run",
    ]


def test_column_with_the_highest_rank_goes_first():
    assert drawn(50) == [
        "call   total wait      p99  place",
        "recv      12.3 ms  9.81 ms  client.py:286",
        "sleep     1.00  s        -  work.py:7 [bold]run",
    ]
    assert drawn(36)[0] == "call   total wait  place"


@pytest.mark.parametrize("width", [1, 10, 20, 33, 40, 51, 80, 99, 200])
def test_no_digit_is_ever_lost(width):
    lines = drawn(width)
    assert "total wait" in lines[0]
    assert any("12.3 ms" in line for line in lines)
    assert "286" in "".join(line[19:].strip() for line in lines)


def test_table_fits_every_width():
    assert [width for width in range(31, 130) if max(map(len, drawn(width))) > width] == []


def test_wide_characters_take_two_columns():
    columns = (Column("name", right=False), Column("n"))
    assert plain(columns, [("日本", "1"), ("ab", "22")]) == ["name   n", "日本   1", "ab    22"]


def test_table_without_rows_is_its_titles():
    assert plain(COLUMNS[:2], []) == ["call  calls"]
    assert drawn(80, COLUMNS[:2], []) == ["call  calls"]
