"""Which calls are told, and how a line looks."""

import pytest

from ocoro.cli.tracing.lines import Choice, duration, fits, how, line, place_in, times


@pytest.mark.parametrize(
    ("patterns", "told"),
    [
        ("", "recv recv_into send sleep"),
        ("recv", "recv"),
        ("recv*", "recv recv_into"),
        ("recv*,!recv_into", "recv"),
        ("!sleep, !send", "recv recv_into"),
        ("?end", "send"),
        ("*c*_*to", "recv_into"),
        ("recv*, sleep", "recv recv_into sleep"),
        ("nothing", ""),
    ],
)
def test_filter(patterns, told):
    choice = Choice(filter=patterns)
    assert [call for call in ("recv", "recv_into", "send", "sleep") if choice.calls(call)] == told.split()


def test_pattern_is_found_in_a_long_name_in_no_time():
    """A recording may hold a call of any name."""
    assert [fits("a" * 5000 + end, "*a*a*a*a*a*a*b") for end in ("b", "c")] == [True, False]
    assert [fits(text, "") for text in ("", "a")] == [True, False]
    assert [fits("", pattern) for pattern in ("*", "**", "?", "*?")] == [True, True, False, False]


def test_choice_survives_as_text():
    choice = Choice(strings=8, slower=0.01, strace=True, filter="recv*,!sleep", output="/tmp/a\nb;c")
    assert vars(Choice.of(choice.text())) == vars(choice)


def test_slower_than():
    assert [Choice(slower=0.01).lasts(seconds) for seconds in (0.0099, 0.01)] == [False, True]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0.00 us"),
        (1.23e-6, "1.23 us"),
        (0.0009994, "999 us"),
        (0.0009996, "1.00 ms"),
        (0.05, "50.0 ms"),
        (0.9997, "1.00 s"),
        (1234.0, "1234 s"),
    ],
)
def test_durations(seconds, text):
    assert duration(seconds) == text


def test_long_call_that_was_not_suspended_blocked():
    assert [how(0.0005, False), how(0.001, False), how(0.001, True)] == ["", "blocked", "suspended"]


def test_times_name_who_ran_meanwhile():
    assert times(0.01, "suspended", ["a", "b", "c"]) == "10.0 ms, suspended; meanwhile a, b and 1 more"
    assert times(0.01, "", []) == "10.0 ms"


def test_line_stays_a_line():
    text = line(0.9999999, "a\x1b[3m\nb", "sleep(1)", "1.00 s", "x.py:3 f")
    assert text[8:] == ".999999 a\\x1b[3m\\nb    sleep(1) <1.00 s> x.py:3 f"


PLACES = [
    ("/srv/app", "/srv/app/work.py:3 f", "work.py:3 f"),
    ("/srv/app/", "/srv/app/work.py:3 f", "work.py:3 f"),
    ("/srv/app", "/srv/apps/work.py:3 f", "/srv/apps/work.py:3 f"),
    ("", "/work.py:3 f", "/work.py:3 f"),
    ("/srv", "/usr/lib/python3.12/http/client.py:286 read", "python3.12/http/client.py:286 read"),
    ("/srv", "/opt/venv/lib/python3.12/site-packages/requests/api.py:7 get", "requests/api.py:7 get"),
    ("/srv", "/srv/.venv/lib/python3.12/site-packages/requests/api.py:7 get", "requests/api.py:7 get"),
    ("/srv", "/usr/lib/python3/dist-packages/flask/app.py:9 run", "flask/app.py:9 run"),
    ("/srv", "/opt/lib/python3.x/tool.py:1 f", "/opt/lib/python3.x/tool.py:1 f"),
    ("/srv", "/opt/lib/python3.11:1 f", "/opt/lib/python3.11:1 f"),
    ("/srv", "<frozen runpy>:88 run", "<frozen runpy>:88 run"),
]


@pytest.mark.parametrize(("folder", "place", "told"), PLACES)
def test_place_is_as_short_as_it_can_be_said(folder, place, told):
    assert place_in(folder, place) == told
