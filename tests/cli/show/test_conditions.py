"""--fail-if: conditions are read, hold or not, and say the value."""

import pytest
from sample_run import sample

from ocoro.cli.errors import UsageError
from ocoro.cli.show import units
from ocoro.cli.show.conditions import parse


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("blocked>20ms", "blocked>20ms holds: blocked is 30.0 ms"),
        ("blocked > 0.02", "blocked > 0.02 holds: blocked is 30.0 ms"),
        ("blocked>=12%", "blocked>=12% holds: blocked is 30.0 ms, 12.0 % of wall"),
        ("wall==250ms", "wall==250ms holds: wall is 250 ms"),
        ("running<=70ms", "running<=70ms holds: running is 70.0 ms"),
        ("waits>300000us", "waits>300000us holds: waits is 360 ms"),
        ("late>5000000ns", "late>5000000ns holds: late is 6.00 ms"),
        ("overlapped<90%", "overlapped<90% holds: overlapped is 58.3 %"),
        ("overlapped<0.9", "overlapped<0.9 holds: overlapped is 58.3 %"),
        ("errors!=0", "errors!=0 holds: errors is 1"),
        ("switches<10", "switches<10 holds: switches is 9"),
        ("recv.p99>=10ms", "recv.p99>=10ms holds: recv.p99 is 20.0 ms"),
        ("lock.p50>40ms", "lock.p50>40ms holds: lock.p50 is 49.8 ms"),
        ("lock.p99.9>70ms", "lock.p99.9>70ms holds: lock.p99.9 is 80.0 ms"),
        ("lock.max>79ms", "lock.max>79ms holds: lock.max is 80.0 ms"),
        ("lock.waits==3", "lock.waits==3 holds: lock.waits is 3"),
        ("recv.errors>0", "recv.errors>0 holds: recv.errors is 1"),
        ("recv.bytes>500", "recv.bytes>500 holds: recv.bytes is 512"),
        ("blocked.held>1ms", "blocked.held>1ms holds: blocked.held is 30.0 ms"),
    ],
)
def test_condition_that_holds_says_the_value(text, problem):
    assert parse(text).problem(sample()) == problem


@pytest.mark.parametrize(
    "text",
    ["blocked>30ms", "blocked<30ms", "blocked!=30ms", "overlapped<50%", "errors>1", "recv.p99>1", "recv.max<20ms"],
)
def test_condition_that_does_not_hold_says_nothing(text):
    assert parse(text).problem(sample()) == ""


def test_call_that_was_not_made_has_zeros():
    condition = parse("accept.max>0")
    assert condition.is_about_nothing(sample())
    assert condition.problem(sample()) == ""
    assert not parse("recv.max>0").is_about_nothing(sample())
    assert not parse("wall>0").is_about_nothing(sample())


@pytest.mark.parametrize(
    "text",
    ["", "blocked", "blocked>", ">5", "blocked=5ms", "blocked>5h", "blocked>-5", "blocked>5ms!", "a.b.c>5", "x>y"],
)
def test_what_is_no_condition_is_refused(text):
    with pytest.raises(UsageError, match="is no condition"):
        parse(text)


@pytest.mark.parametrize("unit", [*units.TIMES, "%", ""])
def test_units_are_those_that_the_error_lists(unit):
    assert parse(f"wall<1{unit}").unit == unit
    with pytest.raises(UsageError) as refused:
        parse("wall<1h")
    assert refused.value.lines[1].endswith("unit: ns, us, ms, s, m (minutes) and %")
    assert unit.replace("µ", "u") in units.UNITS


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("frobs>5", "there is no figure 'frobs'"),
        ("recv.idle>5", "there is no figure 'idle'"),
        ("p99>5ms", "there is no figure 'p99'"),
        ("switches>5ms", "'ms' in 'switches>5ms' is no unit of switches"),
        ("overlapped>5s", "'s' in 'overlapped>5s' is no unit of overlapped"),
        ("recv.waits>5%", "'%' in 'recv.waits>5%' is no unit of waits"),
    ],
)
def test_figure_or_unit_that_does_not_exist_is_refused(text, error):
    with pytest.raises(UsageError) as refused:
        parse(text)
    assert error in str(refused.value)
