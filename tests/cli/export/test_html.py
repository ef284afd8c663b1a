"""The HTML page: what stands in it."""

import json
import re
import time
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from html_pages import NOTHING, a_hostile_run, a_large_run, page_of
from sample_run import HASH, MS, RECV, SLEEP, histogram, sample

from ocoro.cli.recorded.model import Aggregate, CoroutineRecord, Event, Run
from ocoro.cli.report import duration
from ocoro.cli.show import machine
from ocoro.cli.show.views import VIEWS

LIMIT = 150_000  # bytes of the page without the data
VOID = {"meta", "link", "input", "img", "br"}
TABLES = {  # by what their rows are about; the first two titles
    "call": ("call", "calls"),
    "site": ("call", "place"),
    "coroutine": ("name", "number"),
}
FIGURES = {  # titles on the page, and what stats calls them
    **{title: title for title in ("calls", "waits", "errors")},
    **{title: f"{title}_ns" for title in ("late", "p50", "p99", "max", "running")},
    "total wait": "wait_ns",
}


def a_killed_run():
    """One with something to wait, to run and to be ready for, and with a turn that was too long."""
    run = sample()
    run.state = "killed"
    run.aggregates.append(Aggregate(replace(SLEEP, call="preempted"), 1, 1, 0, 0, 0, MS, 0, 0, 0, histogram(0)))
    for number, state in enumerate(("waiting", "ready", "running"), 4):
        run.coroutine_records.append(
            CoroutineRecord(number, state, state, 8 * MS, None, 1, 10 * MS, 2 * MS, RECV, 190 * MS)
        )
    return run


class Outline(HTMLParser):
    """The elements of a page with their attributes, and the tables as lists of cell texts."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.open, self.tables, self.texts = [], [], {}, {}
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.rows = []
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag == "table":
            self.tables[self.rows[0][0], self.rows[0][1]] = self.rows

    def handle_data(self, data):
        tag = self.open[-1] if self.open else ""
        self.texts[tag] = self.texts.get(tag, "") + data
        if ({"td", "th"} & set(self.open)) and tag != "title":
            self.rows[-1][-1] += data

    def find(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def data_of(page):
    return json.loads(re.search(r'<script type="application/json" id="recording">(.*?)</script>', page)[1])


def row_of(table, name):
    (row,) = (row for row in table if row[0] == name)
    return dict(zip(table[0], row, strict=True))


def as_shown(name, value):
    return (duration(value) if name.endswith("_ns") else f"{value:,}") if value else NOTHING


@pytest.fixture(scope="module")
def page():
    return page_of(sample())


@pytest.fixture(scope="module")
def outline(page):
    return Outline(page)


def test_every_element_is_closed(outline):
    assert outline.open == []


def test_summary_says_the_numbers(page):
    text = re.sub(r"<[^>]+>", "", page)
    assert "It took 250 ms. One at a time it would have taken 320 ms: 58.3 % of the waits overlapped." in text
    for words in ("running 70.0 ms", "idle 150 ms", "blocked 30.0 ms", "waits, in sum360 ms", "CPU48.0 ms"):
        assert words in text
    for words in ("most at once3", "switches9", "preemptions1", "Python 3.12.1"):
        assert words in text


def test_summary_has_the_figures_of_stats(page):
    """With waits for a lock, which do not count where one at a time would run: who has it is counted already."""
    text = re.sub(r"<[^>]+>", "", page)
    run = sample()
    figures = machine.totals(run)
    assert figures["waits_ns"] > sum(each.wait for each in run.aggregates if each.site.call != "lock")
    for name, figure in (
        ("wall", "wall_ns"),
        ("running ", "running_ns"),
        ("idle ", "idle_ns"),
        ("blocked ", "blocked_ns"),
        ("waits, in sum", "waits_ns"),
        ("one at a time", "one_at_a_time_ns"),
        ("CPU", "cpu_ns"),
    ):
        assert f"{name}{duration(figures[figure])}" in text


def test_start_is_in_local_time_and_says_so(monkeypatch):
    monkeypatch.setenv("TZ", "XYZ-3")
    time.tzset()
    try:
        assert "2026-11-23 13:15:00 XYZ" in page_of(sample())
    finally:
        monkeypatch.undo()
        time.tzset()


def test_start_that_is_not_known_is_left_out():
    run = sample()
    run.started = 0
    assert '<p class="origin">Python 3.12.1' in page_of(run)


def test_bar_has_the_shares_of_wall_time(outline):
    widths = {each["class"]: each["width"] for each in outline.find("rect")}
    assert widths == {"running": "28.000%", "idle": "60.000%", "blocked": "12.000%"}


def test_table_of_calls_adds_up_the_places(outline):
    table = outline.tables["call", "calls"]
    assert [row[0] for row in table[1:]] == ["sleep", "lock", "recv", "send"]
    lock = row_of(table, "lock")
    assert (lock["calls"], lock["waits"], lock["total wait"], lock["max"], lock["late"]) == (
        "3",
        "3",
        "140 ms",
        "80.0 ms",
        "3.00 ms",
    )
    recv = row_of(table, "recv")
    assert (recv["calls"], recv["errors"], recv["bytes"], recv["p50"]) == ("4", "1", "512 B", "20.0 ms")


def test_quantile_is_never_above_the_longest_wait():
    run = sample()
    run.aggregates[0].longest = 99 * MS
    row = row_of(Outline(page_of(run)).tables["call", "calls"], "sleep")
    assert (row["p50"], row["p99"], row["max"]) == ("99.0 ms", "99.0 ms", "99.0 ms")


def test_waits_of_no_length_do_not_widen_the_spread():
    run = sample()
    run.aggregates.append(Aggregate(replace(SLEEP, call="yield"), 1, 1, 0, 0, 0, MS, 0, 0, 0, histogram(0)))
    page = page_of(run)
    assert "Spread: the single waits from 32.8 \N{MICRO SIGN}s to 134 ms" in page
    assert "waiting in yield" not in page


@pytest.mark.parametrize("by", ["call", "site", "coroutine"])
def test_tables_have_the_figures_of_stats(by):
    """Of a run that was killed, too: what a coroutine waits for then is part of its sums."""
    run, view = a_killed_run(), VIEWS[by]
    rows = machine.rows(view, view.things(run, ()), run)
    rows = sorted((row for row in rows if row["call"] not in ("blocked", "preempted")), key=lambda row: -row["wait_ns"])
    table = Outline(page_of(run)).tables[TABLES[by]]
    known = {title: name for title, name in FIGURES.items() if title in table[0]}
    shown = [row_of([table[0], row], row[0]) for row in table[1:]]
    assert [{title: row[title] for title in known} for row in shown] == [
        {title: as_shown(name, row[name]) for title, name in known.items()} for row in rows
    ]


def test_sizes_are_in_the_units_of_stats():
    run = sample()
    run.aggregates[3].bytes = 65_536
    assert row_of(Outline(page_of(run)).tables["call", "calls"], "send")["bytes"] == "65.5 kB"


def test_table_of_places_shows_paths_below_the_directory(outline):
    table = outline.tables["call", "place"]
    assert [row[:2] for row in table[1:4]] == [
        ["sleep", "work.py:12 work"],
        ["lock", "main.py:50 <module>"],
        ["lock", "work.py:14 work"],
    ]
    assert ["send", "(elsewhere)"] in [row[:2] for row in table]
    assert {"title": "/srv/app/work.py"} in outline.find("code")


def test_table_of_coroutines(outline):
    table = outline.tables["name", "number"]
    assert [row[0] for row in table[1:]] == ["worker-b", "MainThread", "worker-a"]
    main = row_of(table, "MainThread")
    assert (main["state"], main["running"], main["total wait"]) == ("ended", "138 ms", "110 ms")


def test_place_that_blocked(outline):
    (row,) = outline.tables["place", "blocked"][1:]
    assert row == ["main.py:44 hash_it", "30.0 ms", "30.0 ms", "30.0 ms", "1", NOTHING]


def test_longest_block_is_known_without_its_event():
    run = sample()
    run.aggregates[4].longest = 30 * MS
    run.events, run.dropped = [], 14
    (row,) = Outline(page_of(run)).tables["place", "blocked"][1:]
    assert row == ["main.py:44 hash_it", "30.0 ms", "30.0 ms", "30.0 ms", NOTHING, NOTHING]


def test_names_who_was_held_up():
    run = sample()
    run.events = [
        Event("blocked", 1, 40 * MS, 70 * MS, 70 * MS, HASH, value=2),
        Event("wait", 2, 8 * MS, 50 * MS, 71 * MS, SLEEP),
        Event("wait", 3, 9 * MS, 30 * MS, 72 * MS, SLEEP),
        Event("wait", 7, 9 * MS, 71 * MS, 73 * MS, SLEEP),
    ]
    (row,) = Outline(page_of(run)).tables["place", "blocked"][1:]
    assert row[-1] == "worker-b 30.0 ms, worker-a 20.0 ms"
    run.events += [Event("preempt", 8, 45 * MS, 45 * MS, 45 * MS), Event("end", 8, 90 * MS, 90 * MS, 90 * MS)]
    (row,) = Outline(page_of(run)).tables["place", "blocked"][1:]
    assert row[-1] == "worker-b 30.0 ms, coroutine 8 25.0 ms, worker-a 20.0 ms"


def test_nothing_blocked():
    run = sample()
    run.aggregates = [each for each in run.aggregates if not each.blocked]
    assert "Nothing blocked the thread." in page_of(run)


def test_tables_are_accessible(outline):
    assert len(outline.find("table")) == len(outline.find("caption")) == len(outline.find("tbody")) == 4
    assert {each.get("scope") for each in outline.find("th")} == {"col", "row"}
    assert [each["aria-sort"] for each in outline.find("th") if "aria-sort" in each] == ["descending"] * 4
    assert all("aria-label" in each for each in outline.find("svg"))
    assert outline.find("html") == [{"lang": "en"}]


def test_says_what_is_missing():
    run = sample()
    run.dropped, run.state, run.problems = 1234, "killed", ["The file ends early."]
    page = page_of(run)
    assert "1,234 older events are no longer in the recording" in page
    assert "ended without saying so" in page
    assert "<li>The file ends early.</li>" in page
    assert data_of(page)["horizon"] == 5 * MS


def test_no_notices_without_a_reason(outline):
    assert all(each.get("class") != "notices" for each in outline.find("ul"))


def test_data_is_the_events(page):
    data = data_of(page)
    events = data["events"]
    assert data["wall"] == 250 * MS
    assert data["calls"] == ["sleep", "lock", "recv", "send"]
    assert {len(events[name]) for name in events if name != "texts"} == {14}
    i = events["kind"].index(0)
    start = events["start"][i]
    ready = start + events["ready"][i]
    assert (start, ready, ready + events["end"][i]) == (10 * MS, 30 * MS, 30 * MS)
    assert data["sites"][events["site"][i]] == ["recv", "/srv/app/main.py:40 fetch"]
    assert events["texts"][events["text"][i]] == "recv(5<TCP 127.0.0.1:80>, 4096) = 512"


def test_coroutines_without_a_record_come_from_the_events():
    run = sample()
    run.coroutine_records = run.coroutine_records[:1]
    names = [row[:4] for row in data_of(page_of(run))["coroutines"]]
    assert names[1:] == [[2, "coroutine 2", 5 * MS, 180 * MS], [3, "coroutine 3", 6 * MS, 240 * MS]]


def test_hostile_names_stay_text():
    page, plain = page_of(a_hostile_run()), Outline(page_of(sample()))
    outline = Outline(page)
    assert outline.open == []
    assert outline.find("img") == []
    assert len(outline.find("script")) == 2
    handlers = [name for _, attributes in outline.elements for name in attributes if name.startswith("on")]
    assert handlers == []
    assert {tag for tag, _ in outline.elements} <= {tag for tag, _ in plain.elements}
    assert "<" not in outline.texts["script"].split('{"wall"')[1].split("\n")[0]
    assert "\0" not in page
    assert "\x1b" not in page


def test_policy_and_nothing_from_elsewhere(page, outline):
    (policy,) = (each["content"] for each in outline.find("meta") if "Policy" in each.get("http-equiv", ""))
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert not re.search(r"https?:|//[a-z]|url\(|@import", page.split('<script type="application/json"')[0])
    assert not re.search(r"https?:|fetch\(|XMLHttpRequest|innerHTML|eval\(", page.split("</script>")[1])
    addresses = [each[name] for _, each in outline.elements for name in ("src", "href") if name in each]
    assert addresses == ["data:,"]
    assert all("style" not in attributes for _, attributes in outline.elements)


def test_page_is_small(page):
    assert len(page.encode()) < LIMIT / 2


def test_large_run_costs_data_only():
    run = a_large_run(2, 20_000)
    page = page_of(run)
    data = re.search(r'id="recording">(.*?)</script>', page)[1]
    assert len(page.encode()) - len(data) < LIMIT


def test_long_tables_are_cut_and_say_so():
    page = page_of(a_large_run(1_500, 10))
    assert len(Outline(page).tables["name", "number"]) == 1 + 1_000
    assert "The first 1,000 of 1,500 by total wait." in page
    assert len(data_of(page)["coroutines"]) == 1_500


def test_empty_run():
    run = Run("", "", 1, 0, "", (), "", "", 10**30, "killed", 0, 0, 0, 0, 0, 0, 0, 0, 0)
    outline = Outline(page_of(run))
    assert outline.open == []
    assert "and never waited." in outline.texts["p"]
