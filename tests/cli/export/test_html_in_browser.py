"""The HTML page in a browser that lets nothing through to the network: it opens, zooms, sorts, shows the numbers."""

import json
from dataclasses import replace

import pytest
from chromium import Tab
from html_pages import NOTHING, a_hostile_run, a_large_run, page_of
from sample_run import MS, SLEEP, sample

from ocoro.cli.recorded.model import CoroutineRecord, Event


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
