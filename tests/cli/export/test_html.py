"""The HTML page: what stands in it, and what it does in a browser that lets nothing through to the network."""

import json
import re
import time
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO

import pytest
from chromium import Tab
from sample_run import HASH, MS, RECV, SLEEP, histogram, sample

from ocoro.cli.export import html
from ocoro.cli.recorded.model import Aggregate, CoroutineRecord, Event, Run
from ocoro.cli.report import duration
from ocoro.cli.show import machine
from ocoro.cli.show.views import VIEWS

HOSTILE = "</script><img src=x onerror=1><!--\" onload='alert(1)' \0\x1b[31m\udc80 &amp; ${x} $title"
LIMIT = 150_000  # bytes of the page without the data
NOTHING = "\N{EN DASH}"
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


def page_of(run):
    file = BytesIO()
    html.write(run, file)
    return file.getvalue().decode("utf-8")


def a_hostile_run():
    run = sample()
    site = replace(SLEEP, call=HOSTILE, file=f"/srv/app/{HOSTILE}", function=HOSTILE)
    run.program, run.directory, run.python, run.state, run.problems = HOSTILE, HOSTILE, HOSTILE, HOSTILE, [HOSTILE]
    run.command = (HOSTILE, HOSTILE)
    run.aggregates[0].site = site
    run.aggregates[4].site = replace(HASH, file=HOSTILE, function=HOSTILE)
    run.events = [replace(event, site=event.site and site, text=HOSTILE) for event in run.events]
    for record in run.coroutine_records:
        record.name, record.site = HOSTILE, site
    return run


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


def a_large_run(coroutines, events):
    """Every coroutine waits in turn, with a late moment each."""
    run = sample()
    run.wall = events * 10_000 + 10_000
    run.coroutines = run.coroutines_most = coroutines
    run.events = [
        Event("wait", i % coroutines + 1, max(0, i - coroutines + 1) * 10_000, i * 10_000, i * 10_000 + 9_000, SLEEP)
        for i in range(events)
    ]
    run.coroutine_records = [
        CoroutineRecord(i, f"worker-{i}", "ended", 0, run.wall, 20, run.wall // 2, MS, SLEEP, run.wall)
        for i in range(1, coroutines + 1)
    ]
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


class Page(Tab):
    """Our page in a tab; positions are CSS pixels of the canvas, times milliseconds of the run."""

    def __init__(self, browser, path, width=1200, scripts=True):
        super().__init__(browser, path, width, scripts)
        if scripts:
            self.settle()

    def settle(self):
        """Until everything so far is drawn."""
        self.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))")

    def text(self, selector):
        return self.evaluate(f"document.querySelector({json.dumps(selector)}).innerText")

    def click(self, x, y):
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
        self.settle()

    def click_on(self, expression):
        """Click into the middle of an element."""
        box = self.evaluate(
            f"(() => {{ const it = {expression}; it.scrollIntoView({{block: 'center'}});"
            " const box = it.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        self.click(*box)

    def key(self, key, shift=False):
        text = {"text": key} if len(key) == 1 else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, modifiers=8 * shift, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, modifiers=8 * shift)
        self.settle()

    def canvas(self):
        """Where the canvas is in the window: x, y, width; and its measures."""
        return self.evaluate(
            "(() => { canvas.scrollIntoView({block: 'center'}); const box = canvas.getBoundingClientRect();"
            " const of = name => Number(getComputedStyle(canvas).getPropertyValue(name));"
            " return {x: box.x, y: box.y, width: box.width,"
            " gutter: of('--gutter'), axis: of('--axis'), row: of('--row')}; })()"
        )

    def point(self, row, time):
        """Where a time of the row with this index is; row -1 is the thread."""
        box, (start, end) = self.canvas(), self.range()
        chart = box["width"] - box["gutter"]
        x = box["x"] + box["gutter"] + (time - start) / (end - start) * chart
        return x, box["y"] + box["axis"] + box["row"] * (row + 1.5) + 4

    def wheel(self, x, y, down, right=0):
        self.call("Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=right, deltaY=down)
        self.settle()

    def drag(self, start, right, down=0):
        x, y = start
        self.call("Input.dispatchMouseEvent", type="mousePressed", x=x, y=y, button="left", clickCount=1)
        for share in (0.5, 1):
            self.call(
                "Input.dispatchMouseEvent",
                type="mouseMoved",
                x=x + right * share,
                y=y + down * share,
                button="left",
                buttons=1,
            )
        self.call("Input.dispatchMouseEvent", type="mouseReleased", x=x + right, y=y + down, button="left")
        self.settle()

    def range(self):
        """The milliseconds that the timeline shows, from and to."""
        start, end = self.text("#range").replace(",", "").replace(" ms", "").split(" to ")
        return float(start), float(end)

    def facts(self):
        """The panel: its terms and what they are."""
        return dict(self.evaluate("[...panel.querySelectorAll('dl div')].map(each => each.innerText.split('\\n'))"))

    def column(self, table, place):
        """The texts of a column."""
        return self.evaluate(
            f"[...document.querySelectorAll('table')[{table}].tBodies[0].rows].map(row => row.cells[{place}].innerText)"
        )

    def complaints(self):
        """Errors and warnings in the console, and requests that went anywhere but to the page's own file."""
        mine = [each for each in self.browser.events if each.get("sessionId") == self.session]
        requests = [each["params"]["request"]["url"] for each in mine if each["method"] == "Network.requestWillBeSent"]
        said = ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")
        return [each["params"] for each in mine if each["method"] in said] + [
            url for url in requests if not url.startswith(("file:", "data:"))
        ]


@pytest.fixture
def opened(browser, tmp_path):
    """Opens runs; at the end none may have complained."""
    tabs = []

    def open_run(run, **options):
        path = tmp_path / f"{len(tabs)}.html"
        path.write_text(page_of(run), encoding="utf-8")
        tabs.append(Page(browser, path, **options))
        return tabs[-1]

    yield open_run
    for tab in tabs:
        assert tab.complaints() == []


class TestInBrowser:
    def test_shows_the_numbers(self, opened):
        tab = opened(sample())
        assert tab.evaluate("document.title") == "work.py · ocoro"
        assert tab.text(".lead").startswith("It took 250 ms. One at a time it would have taken 320 ms")
        assert tab.column(1, 5) == ["200 ms", "140 ms", "20.0 ms", NOTHING]
        assert tab.range() == (0, 250)

    def test_sorts_by_click(self, opened):
        tab = opened(sample())
        header = "document.querySelectorAll('table')[1].tHead.rows[0].cells[{}]"
        tab.click_on(header.format(1) + ".firstChild")
        assert tab.column(1, 0) == ["recv", "lock", "send", "sleep"]
        assert tab.evaluate(header.format(1) + ".getAttribute('aria-sort')") == "descending"
        assert tab.evaluate(header.format(5) + ".hasAttribute('aria-sort')") is False
        tab.click_on(header.format(1) + ".firstChild")
        assert tab.column(1, 1) == ["2", "3", "3", "4"]
        tab.click_on(header.format(0) + ".firstChild")
        assert tab.column(1, 0) == ["lock", "recv", "send", "sleep"]

    def test_wheel_zooms_at_the_pointer(self, opened):
        tab = opened(sample())
        x, y = tab.point(0, 100)
        tab.wheel(x, y, -120)
        start, end = tab.range()
        assert end - start < 200
        assert (100 - start) / (end - start) == pytest.approx(0.4, abs=0.01)

    def test_drag_pans(self, opened):
        tab = opened(sample())
        tab.key("Tab")
        tab.evaluate("canvas.focus()")
        tab.key("+")
        start, end = tab.range()
        tab.drag(tab.point(0, (start + end) / 2), -50)
        moved, _ = tab.range()
        chart = tab.canvas()["width"] - tab.canvas()["gutter"]
        assert moved - start == pytest.approx(50 / chart * (end - start), rel=0.02)

    def test_keys_zoom_pan_and_reset(self, opened):
        tab = opened(sample())
        tab.evaluate("canvas.focus()")
        tab.key("+")
        zoomed = tab.range()
        assert zoomed[1] - zoomed[0] == pytest.approx(250 / 1.5, abs=0.01)
        tab.key("ArrowRight")
        assert tab.range()[0] > zoomed[0]
        tab.key("ArrowLeft")
        assert tab.range()[0] == pytest.approx(zoomed[0], abs=0.01)
        tab.key("-")
        tab.key("+")
        tab.key("0")
        assert tab.range() == (0, 250)

    def test_click_on_a_wait_tells_about_it(self, opened):
        tab = opened(sample())
        tab.click(*tab.point(2, 140))
        facts = tab.facts()
        assert tab.text("#panel .what") == "worker-b: waiting in lock"
        assert (facts["call"], facts["place"]) == ("lock", "/srv/app/work.py:14 work")
        assert (facts["made ready by"], facts["for"], facts["late"]) == ("worker-a", "50.0 ms", "1.00 ms")
        assert (facts["from"], facts["ready"]) == ("112.000 ms", "162.000 ms")

    def test_click_on_a_call_shows_its_text_and_fd(self, opened):
        tab = opened(sample())
        tab.click(*tab.point(0, 20))
        assert tab.text("#panel code") == "recv(5<TCP 127.0.0.1:80>, 4096) = 512"
        assert tab.facts()["fd"] == "5"
        assert tab.facts()["made ready by"].startswith("the kernel")

    def test_click_on_blocked_and_running_and_nothing(self, opened):
        tab = opened(sample())
        tab.click(*tab.point(0, 55))
        assert tab.text("#panel .what") == "MainThread: blocked"
        assert tab.facts()["place"] == "/srv/app/main.py:44 hash_it"
        tab.click(*tab.point(-1, 55))
        assert tab.text("#panel .what") == "MainThread: blocked"
        tab.click(*tab.point(0, 200))
        assert tab.text("#panel .what") == "MainThread: running"
        tab.click(*tab.point(1, 220))
        assert tab.facts() == {}

    def test_keys_select(self, opened):
        tab = opened(sample())
        tab.evaluate("canvas.focus()")
        for _ in range(3):
            tab.key("ArrowRight", shift=True)
        assert tab.text("#panel .what").startswith("MainThread: running")
        tab.key("ArrowDown", shift=True)
        assert tab.text("#panel .what").startswith("worker-a: waiting in sleep")
        tab.key("Escape")
        assert tab.facts() == {}

    def test_filter_leaves_matching_rows(self, opened):
        tab = opened(sample())
        tab.evaluate("document.getElementById('filter').focus()")
        tab.call("Input.insertText", text="WORKER-B")
        tab.settle()
        tab.click(*tab.point(0, 50))
        assert tab.text("#panel .what") == "worker-b: waiting in sleep"

    def test_ready_until_the_thread_is_free(self, opened):
        run = sample()
        run.events = [
            Event("spawn", 2, 0, 0, 0, waker=1),
            Event("spawn", 3, 0, 0, 0, waker=1),
            Event("wait", 1, 10 * MS, 240 * MS, 240 * MS, SLEEP),
            Event("wait", 2, 30 * MS, 240 * MS, 240 * MS, SLEEP),
            Event("wait", 3, 60 * MS, 240 * MS, 240 * MS, SLEEP),
        ]
        for record in run.coroutine_records:
            record.started = 0
        tab = opened(run)
        spans = "rows.map(row => row.segments.slice(0, 2).map(each => [each.style, each.start / 1e6, each.end / 1e6]))"
        running, late = 0, 1
        assert tab.evaluate(spans)[1:] == [
            [[late, 0, 10], [running, 10, 30]],
            [[late, 0, 30], [running, 30, 60]],
        ]

    def test_interval_that_starts_in_a_busy_pixel_is_drawn(self, opened):
        run = sample()
        run.events = [Event("wait", 2, 50 * MS + i * 2000, 0, 50 * MS + i * 2000 + 1000, SLEEP) for i in range(40)]
        run.events = [replace(each, ready=each.end) for each in run.events]
        run.events.append(Event("wait", 2, 50 * MS + 81_000, 170 * MS, 170 * MS, SLEEP))
        tab = opened(run)
        x, y = tab.point(1, 150)
        box = tab.canvas()
        seen = f"[...context.getImageData({x - box['x']}, {y - box['y'] + 3}, 1, 1).data]"
        tab.evaluate("theme.styles[3] = '#102030'; theme.tint = 1; draw()")
        assert tab.evaluate(seen) == [0x10, 0x20, 0x30, 255]

    def test_thread_is_faint_where_it_is_mostly_idle(self, opened):
        tab = opened(a_large_run(10, 20_000))
        tab.evaluate("theme.styles[0] = '#000000'; theme.line = theme.raised; draw()")
        x, y = tab.point(-1, tab.range()[1] * 0.53)
        box = tab.canvas()
        seen = f"context.getImageData({x - box['x']}, {y - box['y'] + 3}, 1, 1).data[3]"
        assert 0 < tab.evaluate(seen) < 128

    def test_waits_that_have_not_ended(self, opened):
        run = sample()
        run.state = "live"
        run.coroutine_records[2] = CoroutineRecord(3, "worker-b", "waiting", 0, None, 1, MS, 0, SLEEP, 170 * MS)
        run.events = []
        tab = opened(run)
        tab.click(*tab.point(2, 200))
        assert tab.text("#panel .what") == "worker-b: waiting in sleep"
        assert (tab.facts()["from"], tab.facts()["to"]) == ("170.000 ms", "250.000 ms")

    def test_hostile_names_do_nothing(self, opened):
        tab = opened(a_hostile_run())
        tab.click(*tab.point(0, 20))
        assert tab.text("#panel code").startswith("</script><img src=x onerror=1>")
        assert tab.evaluate("document.images.length") == 0

    def test_many_coroutines_and_events(self, opened):
        tab = opened(a_large_run(5_000, 100_000))
        assert tab.evaluate("rows.length") == 5_000
        assert tab.evaluate("canvas.height") < 900
        box = tab.canvas()
        tab.wheel(box["x"] + 20, box["y"] + 100, 2400)
        tab.evaluate("new Promise(done => setTimeout(done, 300))")
        assert tab.evaluate("scroller.scrollTop") > 0
        tab.evaluate("scroller.scrollTop = 24 * 3000")
        tab.settle()
        tab.click(*tab.point(0, tab.range()[1] / 2))
        assert tab.text("#panel .what").startswith("worker-3001: ")

    def test_fits_a_narrow_window(self, opened):
        tab = opened(sample(), width=360)
        assert tab.evaluate("document.documentElement.scrollWidth") == 360
        tab.click(*tab.point(2, 140))
        assert tab.text("#panel .what") == "worker-b: waiting in lock"

    def test_dark_has_other_colours(self, opened):
        tab = opened(sample())
        light = tab.evaluate("theme.raised")
        tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
        tab.settle()
        assert tab.evaluate("theme.raised") != light

    def test_complete_without_javascript(self, opened):
        tab = opened(sample(), scripts=False)
        root = tab.call("DOM.getDocument")["root"]["nodeId"]

        def visible(selector):
            found = tab.call("DOM.querySelectorAll", nodeId=root, selector=selector)["nodeIds"]
            return sum(tab.call("DOM.getBoxModel", nodeId=each)["model"]["height"] > 0 for each in found)

        assert visible("table") == 4
        assert visible("noscript p") == 1
        assert visible(".bar") == 1
