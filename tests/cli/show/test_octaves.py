"""Histograms as characters, a power of two each."""

from sample_run import histogram

from ocoro.cli.recorded.histogram import Histogram
from ocoro.cli.show.octaves import Scale

QUICK = histogram(0.001, 0.001, 0.001, 0.001, 0.002)  # milliseconds
SLOW = histogram(1100, 2500)


def test_marks_stand_above_their_powers_of_two():
    scale = Scale([QUICK, SLOW], has_blocks=True)
    assert scale.title == "1ns       1us       1ms       1s"
    assert scale.draw(QUICK) == " " * 9 + "█▂"
    assert scale.draw(SLOW) == " " * 30 + "██"


def test_scale_begins_where_the_waits_do():
    assert Scale([SLOW], has_blocks=True).title == "1s"


def test_what_is_too_short_to_tell_does_not_stretch_the_scale():
    scale = Scale([Histogram({0: 4}), QUICK], has_blocks=True)
    assert scale.title == Scale([QUICK], has_blocks=True).title == "1ns       1us"
    scale = Scale([Histogram({0: 4}), SLOW], has_blocks=True)
    assert scale.title == "1s"
    assert scale.draw(Histogram({0: 4})) == "█"


def test_one_in_a_million_can_be_seen():
    many = Histogram({160: 1_000_000, 192: 1})
    assert Scale([many], has_blocks=True).draw(many).strip() == "█ ▁"


def test_ascii_stands_in_for_blocks():
    drawn = Scale([QUICK], has_blocks=False).draw(QUICK)
    assert drawn == " " * 9 + "@:"


def test_no_waits_are_an_empty_text():
    assert Scale([Histogram()], has_blocks=True).draw(Histogram()) == ""
