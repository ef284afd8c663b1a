"""Two runs side by side."""

import io
import json
import os
from dataclasses import replace

import pytest
from sample_run import MS, sample

from ocoro.cli.show import compare, machine
from ocoro.cli.show.page import Page
from ocoro.cli.show.select import Choice

ALL = Choice()


@pytest.fixture(autouse=True)
def folder(monkeypatch):
    """Of all runs: where the sample is."""
    monkeypatch.setenv("OCORO_DIR", os.path.dirname(sample().path))


@pytest.fixture
def before():
    """The sample without sleeping, and with half of the wait at the lock."""
    run_id = "20261123T101400-work-4699"
    path = os.path.join(os.path.dirname(sample().path), f"{run_id}.ocoro")
    run = replace(sample(), path=path, run_id=run_id, wall=200 * MS, idle=100 * MS)
    del run.aggregates[0]
    run.aggregates[0].wait //= 2
    return run


def test_largest_change_comes_first(before):
    found = compare.pairs(before, sample(), "call", ALL)
    assert [(each.name, each.change // MS) for each in found[:3]] == [("sleep", 200), ("lock", 25), ("recv", 0)]
    found = compare.pairs(sample(), before, "call", ALL)
    assert [(each.name, each.change // MS) for each in found[:3]] == [("sleep", -200), ("lock", -25), ("recv", 0)]


def test_moved_line_is_the_same_place(before):
    before.aggregates = [replace(each, site=replace(each.site, line=each.site.line + 9)) for each in before.aggregates]
    found = compare.pairs(before, sample(), "site", ALL)
    assert len(found) == 6
    assert (found[1].name, found[1].change) == ("lock in work work.py", 25 * MS)


def test_only_chosen_calls_are_compared(before):
    assert [each.name for each in compare.pairs(before, sample(), "call", Choice(["l*"]))] == ["lock"]


def test_comparison_reads_well(before):
    text = io.StringIO()
    compare.show(Page(text, "never"), before, sample(), "call", ALL, 2)
    assert text.getvalue() == EXPECTED


EXPECTED = """\
before  20261123T101400-work-4699, 200 ms
now     20261123T101500-work-4711, 250 ms

                before    after  ratio
wall            200 ms   250 ms   1.25
running        70.0 ms  70.0 ms   1.00
idle            100 ms   150 ms   1.50
blocked        30.0 ms  30.0 ms   1.00
CPU            48.0 ms  48.0 ms   1.00
sum of waits    135 ms   360 ms   2.67
one at a time   120 ms   320 ms   2.67
late           3.00 ms  6.00 ms   2.00
overlapped      25.9 %   58.3 %   2.25
waits                4        6   1.50
errors               1        1   1.00
switches             9        9   1.00
preemptions          1        1   1.00
coroutines           3        3   1.00

call   waits before  waits now  time before  time now    change  ratio  p99 before  p99 now  p99 ratio
sleep             -          2            -    200 ms   +200 ms    new           -  99.6 ms        new
lock              3          3       115 ms    140 ms  +25.0 ms   1.22     80.0 ms  80.0 ms       1.00
  and 2 more; --top=0 shows all
"""


def test_what_took_no_time_is_not_shown(before):
    text = io.StringIO()
    compare.show(Page(text, "never"), before, sample(), "call", Choice(["s*", "recv"]), 0)
    assert [line.split()[0] for line in text.getvalue().splitlines()[-2:]] == ["sleep", "recv"]
    assert [each["call"] for each in compare.document(before, sample(), "call", ALL, 0)["changes"]][-1] == "send"


def test_comparison_without_any_wait_says_so(before):
    text = io.StringIO()
    compare.show(Page(text, "never"), before, sample(), "call", Choice(["send"]), 0)
    assert text.getvalue().endswith("\n\nNothing waited.\n")


def test_run_outside_the_folder_is_named_by_its_file(before, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    before.path = str(tmp_path / "slow.ocoro")
    text = io.StringIO()
    compare.show(Page(text, "never"), before, sample(), "call", ALL, 1)
    assert text.getvalue().startswith("before  slow.ocoro, 200 ms\n")


def test_document_has_ratios(before):
    document = json.loads(machine.as_json(compare.document(before, sample(), "call", ALL, 0)))
    assert document["schema"] == "ocoro.stats.against/1"
    assert (document["run"]["run_id"], document["against"]["run_id"]) == (sample().run_id, before.run_id)
    assert document["totals"]["wall_ns"] == {"before": 200 * MS, "after": 250 * MS, "ratio": 1.25}
    sleep, lock = document["changes"][:2]
    assert sleep["wait_ns"] == {"before": 0, "after": 200 * MS, "ratio": None}
    assert (lock["call"], lock["change_ns"], lock["wait_ns"]["ratio"]) == ("lock", 25 * MS, 1.217391)


def test_csv_has_a_line_for_each_pair(before):
    head, *lines = compare.as_csv(before, sample(), "site", ALL, 1).splitlines()
    assert head.startswith("call,file,function,change_ns,calls_before,calls_after,waits_before,")
    assert [line.split(",")[:6] for line in lines] == [["sleep", "/srv/app/work.py", "work", "200000000", "0", "2"]]
    assert len(lines[0].split(",")) == len(head.split(","))


def test_what_is_gone_is_said(before):
    text = io.StringIO()
    compare.show(Page(text, "never"), sample(), before, "call", ALL, 1)
    assert "  -200 ms   gone  " in text.getvalue()
