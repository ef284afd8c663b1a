"""The timeline draws what each coroutine did when: numbers and letters that one can count."""

from dataclasses import replace

import pytest
from rich.cells import cell_len
from sample_run import LOCK, MS, SLEEP, sample

from ocoro.cli.recorded.model import CoroutineRecord, Event
from ocoro.cli.timeline import draw, lives_of


def strips(run, width=63, height=None):
    """Name -> cells, of rows whose cells begin in column 13; 50 cells are 5 ms each in the sample."""
    lines = draw(run, width, height, colour=False, unicode=False).splitlines()
    return {line[:12].strip(): line[13:] for line in lines if line[:1].isdigit()}


def run_of(*events, wall=100, records=(), **more):
    """A run of `wall` milliseconds with these events."""
    return replace(sample(), wall=wall * MS, events=list(events), coroutine_records=list(records), **more)


def wait(coroutine, start, ready, end):
    return Event("wait", coroutine, start * MS, ready * MS, end * MS, SLEEP)


def at(kind, coroutine, time):
    return Event(kind, coroutine, time * MS, time * MS, time * MS)


def letters(run, cells=10):
    """Number -> cells; the margin is 8 letters."""
    lines = draw(run, cells + 9, None, colour=False, unicode=False).splitlines()
    return {line[:8].strip(): line[9:].ljust(cells) for line in lines if line[:1].isdigit()}


def test_sample_is_drawn():
    assert strips(sample()) == {
        "1 MainThread": "RRwwwwRRBBBBBBRRRRRRwwwwwwwwwwwwwwwwRRRRRRRRRRwwRR",
        "2 worker-a": " RwwwwwwwwwwwwwwwwwwwwRRRRRRRRRRRRRR",
        "3 worker-b": " lwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwRRRRRRRRRRRRRRRR",
    }


def test_state_that_takes_most_of_a_cell_is_drawn():
    assert letters(run_of(wait(1, 14, 26, 36), at("end", 1, 100)))["1"] == "RwwlRRRRRR"


def test_one_that_was_started_is_late_until_the_thread_is_free():
    events = (at("spawn", 2, 10), at("spawn", 3, 10), wait(1, 30, 100, 100), wait(2, 50, 90, 90), wait(3, 70, 90, 90))
    found = letters(run_of(*events))
    assert found["1"] == "RRRwwwwwww"
    assert found["2"] == " llRRwwwwR"
    assert found["3"] == " llllRRwwR"


def test_one_that_was_preempted_is_late_until_the_thread_is_free():
    events = (at("preempt", 1, 20), wait(2, 60, 100, 100), wait(1, 80, 100, 100))
    assert letters(run_of(*events))["1"] == "RRllllRRww"


def test_blocked_time_is_part_of_running():
    event = Event("blocked", 1, 30 * MS, 60 * MS, 60 * MS, LOCK)
    assert letters(run_of(event, at("end", 1, 90)))["1"] == "RRRBBBRRR "


@pytest.mark.parametrize(
    ("state", "expected"), [("waiting", "RRRRwwwwww"), ("ready", "RRRRllllll"), ("running", "RRRRRRRRRR")]
)
def test_living_coroutine_is_drawn_until_now(state, expected):
    record = CoroutineRecord(1, "", state, 0, None, 0, 0, 0, SLEEP, 40 * MS)
    assert letters(run_of(records=[record], state="live"))["1"] == expected


def test_nothing_is_drawn_of_what_was_dropped():
    gone = CoroutineRecord(9, "", "ended", 0, 5 * MS, 0, 0, 0, None, 5 * MS)
    run = run_of(at("spawn", 3, 20), wait(2, 10, 40, 40), wait(3, 30, 90, 90), wall=120, dropped=7, records=[gone])
    assert letters(run) == {"2": "wwRRRRRRRR", "3": "RwwwwwwRRR"}
    axis = draw(run, 60, None, colour=False, unicode=False).splitlines()[0]
    assert axis.split("|")[0].isspace()
    assert axis.split("|")[1].strip() == "50 ms"


def test_rows_that_do_not_fit_are_counted():
    events = [event for n in range(2, 5000) for event in (at("spawn", n, 10), wait(n, 10, 90, 90), at("end", n, 90))]
    run = run_of(wait(1, 10, 90, 90), *events)
    lines = draw(run, 60, 20, colour=False, unicode=False).splitlines()
    assert len(lines) == 20
    assert lines[1].startswith("1 ")
    assert lines[-2] == "and 4,982 more"


def test_busiest_rows_are_drawn_in_order_of_start():
    text = draw(sample(), 60, 5, colour=False, unicode=False)
    rows = [line.split()[1] for line in text.splitlines() if line[:1].isdigit()]
    assert rows == ["MainThread", max(lives_of(sample())[1:], key=lambda life: life.busy).name]


@pytest.mark.parametrize("width", [20, 40, 80, 200])
@pytest.mark.parametrize("unicode", [True, False])
def test_lines_keep_to_the_width(width, unicode):
    record = CoroutineRecord(7, "名前\x1b[2J" * 20, "waiting", 0, None, 0, 0, 0, SLEEP, 0)
    run = replace(sample(), coroutine_records=[*sample().coroutine_records, record])
    lines = draw(run, width, None, colour=False, unicode=unicode).splitlines()
    assert all(cell_len(line) <= width for line in lines[:-1])
    assert all(line.isprintable() for line in lines)
    assert unicode or all(line.isascii() for line in lines)


def test_marks_of_both_kinds_say_the_same():
    marks = str.maketrans("─░█╬", "wlRB")
    assert draw(sample(), 70, None, False, True).translate(marks) == draw(sample(), 70, None, False, False)


def test_colours_are_added_and_nothing_else():
    coloured = draw(sample(), 70, None, colour=True, unicode=False)
    for code in ("31", "32", "33", "2", "0"):
        assert f"\x1b[{code}m" in coloured
        coloured = coloured.replace(f"\x1b[{code}m", "")
    assert coloured == draw(sample(), 70, None, colour=False, unicode=False)


@pytest.mark.parametrize(
    ("wall", "expected"),
    [
        (250 * MS, ["0", "50 ms", "100 ms", "150 ms", "200 ms"]),
        (7, ["0", "20 ns", "40 ns"]),
        (90_000 * MS, ["0", "20 s", "40 s", "60 s", "80 s"]),
        (40 * 3_600_000 * MS, ["0", "50000 s", "100000 s"]),
        (2_500, ["0", "500 ns", "1 us", "1.5 us", "2 us"]),
    ],
)
def test_axis_has_round_times(wall, expected):
    axis = draw(replace(sample(), wall=wall, coroutine_records=[], events=[at("spawn", 1, 0)]), 69, None, False, False)
    assert [each.strip() for each in axis.splitlines()[0].split("|")[1:]] == expected


def test_run_without_anything_says_so():
    assert draw(run_of(), 80, None, True, True) == "there is nothing to draw: no coroutine and no event is recorded\n"


def test_damaged_times_are_no_error():
    records = [CoroutineRecord(n, "x", "ended", 90 * MS, -5, 0, 0, 0, None, 1 << 70) for n in (1, 2)]
    events = [Event("wait", 1, 1 << 70, -5, 3), Event("end", 3, -5, -5, -5)]
    assert draw(run_of(*events, records=records), 80, None, False, False)
