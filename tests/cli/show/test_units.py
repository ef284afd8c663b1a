"""Numbers as they are shown, times as they are given."""

import pytest

from ocoro.cli.errors import UsageError
from ocoro.cli.show import units

MS = 1_000_000


@pytest.mark.parametrize(
    ("time", "cell"), [(0, "-"), (999, "999 ns"), (12_345, "12.3 us"), (100 * MS, "100 ms"), (1500 * MS, "1.50  s")]
)
def test_times_of_a_column_have_units_of_one_width(time, cell):
    assert units.time_cell(time) == cell


@pytest.mark.parametrize(
    ("size", "cell"),
    [(0, "-"), (512, "512  B"), (1000, "1.00 kB"), (20_480, "20.5 kB"), (2 * 10**15, "2,000 TB")],
)
def test_sizes_are_in_powers_of_1000(size, cell):
    assert units.size_cell(size) == cell


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("1.5", 1500 * MS),
        (".5s", 500 * MS),
        ("10ms", 10 * MS),
        ("10 ms", 10 * MS),
        ("7us", 7000),
        ("7µs", 7000),
        ("3ns", 3),
        ("2m", 120_000 * MS),
        ("50%", 100 * MS),
        ("0", 0),
    ],
)
def test_moments_are_read(text, time):
    assert units.moment(text, 200 * MS, "--since") == time


@pytest.mark.parametrize("text", ["", "ms", "-1", "1h", "1e3", "1..5", "50%%", "nan"])
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(UsageError, match=r"--since: .* is no time"):
        units.moment(text, 200 * MS, "--since")


def test_one_is_singular():
    assert [units.plural(number, "wait") for number in (0, 1, 2000)] == ["0 waits", "1 wait", "2,000 waits"]
