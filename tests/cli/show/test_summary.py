"""The summary of what is not usual: recordings that hold next to nothing, rows that do not wait."""

import io
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from run_files import make
from sample_run import MS, sample

from ocoro.cli.recorded import reader
from ocoro.cli.recorded.histogram import Histogram
from ocoro.cli.recorded.model import Aggregate, Site
from ocoro.cli.show import summary, views
from ocoro.cli.show.page import Page
from ocoro.runtime.layout import EVENTS_SIZE, LIVE, PAGE
from ocoro.runtime.recording import prepare

NAME = "20261123T101500-work-4194305"  # a process id that Linux never gives


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Of all runs."""
    monkeypatch.setenv("OCORO_DIR", str(tmp_path))
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield tmp_path
    monkeypatch.undo()
    time.tzset()


def headed(path):
    """What stands above the figures, if there are any."""
    run, text = reader.read(str(path)), io.StringIO()
    summary.header(Page(text, "never"), run, run.wall)
    return text.getvalue(), summary.is_empty(run, run.wall)


def test_prepared_file_has_recorded_nothing(folder):
    path = folder / f"{NAME}.ocoro"
    prepare(str(path), EVENTS_SIZE)
    assert headed(path) == (f"work has recorded nothing\nstarted in an unknown directory\nrun {NAME}\n", True)


def test_header_alone_has_recorded_nothing(folder):
    path = Path(make(folder, NAME, state=LIVE, run=NAME, program="work.py", directory="/srv", python="3.12.1"))
    os.truncate(path, PAGE)
    assert headed(path) == (
        f"work.py has recorded nothing\npid 4194305, Python 3.12.1, started 2026-11-23 10:15:00 in /srv\nrun {NAME}\n",
        True,
    )


def test_run_of_a_moment_has_its_figures(folder):
    path = make(folder, NAME, run=NAME, program="work.py", directory="/srv", python="3.12.1", wall=1e-6)
    text, is_empty = headed(path)
    assert text.startswith("work.py ended after 1.00 us\n")
    assert not is_empty


def drawn(*aggregates):
    text, view = io.StringIO(), views.VIEWS["call"]
    summary.table(Page(text, "never"), sample(), view, aggregates)
    return text.getvalue()


def test_preempted_rows_do_not_stretch_the_histograms():
    preempted = Aggregate(Site(9, "preempted"), calls=7, waits=7, histogram=Histogram({0: 7}))
    alone = drawn(sample().aggregates[0])
    both = drawn(sample().aggregates[0], preempted).splitlines()
    assert both[0].split() == alone.splitlines()[0].split()
    assert "█" not in both[2]
    assert "1ns" not in drawn(preempted)


def test_places_that_computed_for_long_are_named():
    run, text = sample(), io.StringIO()
    run.aggregates += [
        Aggregate(Site(8, "preempted", "/srv/app/work.py", 3, "sum_up"), waits=1),
        Aggregate(Site(9, "preempted", "/srv/app/work.py", 7, "count"), waits=20),
        Aggregate(Site(10, "preempted", "/srv/app/work.py", 7, "count"), waits=2),
    ]
    summary.details(Page(text, "never"), run)
    assert text.getvalue().partition("What computed for longer than its time slice\n")[2].splitlines() == [
        "22 times  work.py:7 count",
        "1 time  work.py:3 sum_up",
    ]
    summary.details(Page(text, "never"), run, top=1)
    assert text.getvalue().endswith("22 times  work.py:7 count\n  and 1 more; --top=0 shows all\n")


def test_table_without_rows_says_so():
    assert drawn() == "Nothing of the kind is recorded.\n"


def figures(run):
    text = io.StringIO()
    summary.shares(Page(text, "never"), run)
    return [line for line in text.getvalue().splitlines() if line.startswith(("waits", "One", "What"))]


def test_waits_that_go_on_count():
    waiting = replace(sample().coroutine_records[1], state="waiting", since=50 * MS, ended=None)  # asleep
    joining = replace(sample().coroutine_records[0], state="waiting", since=150 * MS, ended=None)
    run = replace(sample(), state="live", going_on=[waiting, joining])
    assert figures(run) == [
        "waits        660 ms  sum of 6 waits and 2 that go on, 77.3 % overlapped",
        "One at a time it would have taken 520 ms, 2.08 times as long, without 240 ms of waits for other coroutines.",
    ]


def test_what_nearly_all_waits_were_for_is_said():
    run = sample()
    run.aggregates = [each for each in run.aggregates if each.site.call != "sleep"]
    assert figures(run)[1:] == [
        "What it would have taken one at a time cannot be told, with 140 ms of waits for other coroutines."
    ]
