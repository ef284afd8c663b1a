"""What a terminal would obey is shown instead."""

import pytest

from ocoro.cli.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("a b.py:3 f", "a b.py:3 f"),
        ("wörker 例 \N{GRINNING FACE}", "wörker 例 \N{GRINNING FACE}"),
        ("wörker\x1b[2J\n\t\x9b\x7f\0", r"wörker\x1b[2J\n\t\x9b\x7f\x00"),
        ("\u202eyp.exe\u2066\u2069\u200f", r"\u202eyp.exe\u2066\u2069\u200f"),
        ("\u2028\u2029\x85\v\f\r\x1c", r"\u2028\u2029\x85\x0b\x0c\r\x1c"),
        ("\udc80\ud800", r"\udc80\ud800"),
        ("\U000e0041\u200b\ufeff", r"\U000e0041\u200b\ufeff"),
    ],
)
def test_what_is_not_printable_is_escaped(text, shown):
    assert visible(text) == shown
    assert visible(shown) == shown
    assert shown.encode("utf-8").decode().isprintable()
