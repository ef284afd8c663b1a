"""`ocoro top`: what the keys do, what the screen shows, and that a terminal is left as it was found."""

import io
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from sample_run import JOIN, LOCK, MS, SLEEP, sample

from ocoro.cli import top
from ocoro.cli.errors import UsageError
from ocoro.cli.live import screen
from ocoro.cli.live.keys import SORTS, Choice, decoded, pressed
from ocoro.cli.live.watched import Watched, doings, rates
from ocoro.cli.recorded import reader, runs
from ocoro.cli.recorded.model import CoroutineRecord

TESTS = Path(__file__).resolve().parents[1]
LIMIT = 30  # seconds that a picture may take to come


def live_run():
    """The sample while it goes on: main waits for 20 ms, worker-a runs, worker-b is ready for 5 ms."""
    records = [
        CoroutineRecord(1, "MainThread", "waiting", 0, None, 3, 110 * MS, 2 * MS, JOIN, 230 * MS),
        CoroutineRecord(2, "worker-a", "running", 5 * MS, None, 1, 100 * MS, 1 * MS, SLEEP, 240 * MS),
        CoroutineRecord(3, "worker-b", "ready", 6 * MS, None, 2, 150 * MS, 3 * MS, LOCK, 245 * MS),
        CoroutineRecord(4, "gone", "ended", 6 * MS, 9 * MS, 0, 0, 0, None, 9 * MS),
    ]
    return replace(sample(), state="live", coroutine_records=records)


def picture(run, choice=None, width=100, height=14):
    choice = choice or Choice()
    shown = screen.chosen(run, choice.sort, choice.text)
    console = Console(file=io.StringIO(), width=width, height=height, markup=False, highlight=False)
    console.print(screen.screen(run, rates(None, run), choice, shown, width, height))
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (b"sS/ ", ["s", "S", "/", " "]),
        (b"\x1b[A\x1bOB\x1b[5~\x1b[6~", ["up", "down", "pageup", "pagedown"]),
        (b"\x1b[H\x1b[4~\x1b", ["home", "end", "escape"]),
        (b"\r\n\x7f\x08\x15", ["enter", "enter", "backspace", "backspace", "clear"]),
        ("é\x1b[1;5C\x01".encode(), ["é"]),
        (b"\xff\x1b[<0;1;1M", []),
        (b"", []),
    ],
)
def test_bytes_are_decoded_to_keys(data, keys):
    assert decoded(data) == keys


def after(keys, choice=None, page=10):
    choice = choice or Choice()
    for key in keys:
        choice = pressed(choice, key, page)
    return choice


def test_sort_goes_round():
    seen = [after(["s"] * times).sort for times in range(len(SORTS) + 1)]
    assert seen == [*SORTS, SORTS[0]]
    assert after(["s", "S", "S"]).sort == SORTS[-1]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("/ab", Choice(text="ab", is_typing=True)),
        (["/", "a", "b", "enter"], Choice(text="ab")),
        (["/", "a", "backspace", "backspace", "q"], Choice(text="q", is_typing=True)),
        (["/", "a", "clear", "up"], Choice(is_typing=True)),
        (["/", "a", "escape"], Choice()),
        (["/", "a", "enter", "escape"], Choice()),
        ("p", Choice(is_paused=True)),
        ("p ", Choice()),
        ("?", Choice(is_help=True)),
        ("?s", Choice()),
        ("?q", Choice(is_help=True, is_over=True)),
        ("q", Choice(is_over=True)),
        ("zx", Choice()),
    ],
)
def test_keys_change_the_choice(keys, expected):
    assert after(keys) == expected


def test_scrolling_stays_within_the_rows():
    assert after(["down", "j", "pagedown", "up"]).first == 11
    assert after(["down", "pageup"]).first == 0
    last = screen.within(after(["end"]), total=25, page=10)
    assert last.first == 15
    assert after(["home"], last).first == 0
    assert screen.within(after(["end"]), total=3, page=10).first == 0


def test_first_rates_are_since_the_start():
    now = rates(None, sample())
    assert (now.calls, now.switches, now.delay) == (13 / 0.25, 9 / 0.25, MS)
    assert (now.running, now.blocked, now.idle) == (0.28, 0.12, 0.6)


def test_rates_are_of_the_last_interval():
    before, now = sample(), sample()
    now.wall += 500 * MS
    now.blocked += 250 * MS
    now.idle += 200 * MS
    now.running += 50 * MS
    now.switches += 50
    now.aggregates[0].calls += 100
    now.aggregates[0].waits += 100
    now.aggregates[0].late += 300 * MS
    found = rates(before, now)
    assert (found.calls, found.switches, found.delay) == (200.0, 100.0, 3 * MS)
    assert (found.running, found.blocked, found.idle) == (0.1, 0.5, 0.4)


def test_rates_without_time_are_zero():
    found = rates(sample(), sample())
    assert (found.calls, found.switches, found.delay, found.running) == (0, 0, 0, 0)
    assert any("running 0.0 %" in line for line in picture(replace(sample(), wall=0, running=0, blocked=0, idle=0)))


def test_totals_have_the_present_state_in_them():
    main, a, b = doings(live_run())
    assert (main.for_, main.wait, main.late, main.running) == (20 * MS, 130 * MS, 2 * MS, 118 * MS)
    assert (a.for_, a.wait, a.running) == (10 * MS, 100 * MS, 144 * MS)
    assert (b.for_, b.late) == (5 * MS, 8 * MS)


def test_ended_coroutines_are_shown_when_the_run_is_over():
    assert len(doings(sample())) == 3
    assert len(doings(live_run())) == 3


@pytest.mark.parametrize(
    ("sort", "numbers"),
    [
        ("state", "231"),
        ("for", "123"),
        ("waited", "312"),
        ("late", "312"),
        ("running", "213"),
        ("waits", "132"),
        ("number", "123"),
        ("name", "123"),
    ],
)
def test_rows_are_sorted(sort, numbers):
    assert "".join(str(each.record.number) for each in screen.chosen(live_run(), sort)) == numbers


@pytest.mark.parametrize(
    ("text", "numbers"), [("", "231"), ("WORKER", "23"), ("waiting", "1"), ("work.py:14", "3"), ("zzz", "")]
)
def test_rows_are_filtered(text, numbers):
    assert "".join(str(each.record.number) for each in screen.chosen(live_run(), "state", text)) == numbers


def test_screen_shows_the_run_and_its_coroutines():
    lines = picture(live_run())
    assert lines[0] == "ocoro top: work.py  pid 4711  wall 250 ms"
    assert lines[1] == "52 calls/s  36 switches/s  ready delay 1.00 ms  overlapped 58.3 %"
    assert lines[2].startswith("running 28.0 %  blocked 12.0 %  idle 60.0 %  ███████████▒▒▒▒▒···")
    assert lines[3] == "3 coroutines: 1 running, 1 ready, 1 waiting; 3 in all, 3 at most"
    assert lines[4] == ""
    assert re.split(r" {2,}", lines[5].strip()) == [
        "number", "name", "[state]", "for", "call", "where", "waited", "late", "running", "waits"
    ]  # fmt: skip
    assert re.split(r" {2,}", lines[7].strip())[:6] == ["3", "worker-b", "ready", "5.00 ms", "lock", "work.py:14 work"]
    assert re.split(r" {2,}", lines[6].strip())[:4] == ["2", "worker-a", "running", "10.0 ms"]
    assert "work.py:12" not in lines[6], "a running coroutine is not where it waited last"
    assert lines[-1].startswith("s sort")


@pytest.mark.parametrize(
    "choice", [Choice(), Choice(is_help=True), Choice(text="a", is_typing=True), Choice(sort="late")]
)
@pytest.mark.parametrize(("width", "height"), [(200, 50), (80, 24), (60, 12), (40, 10)])
def test_screen_has_exactly_the_size_of_the_terminal(choice, width, height):
    records = [CoroutineRecord(n, f"名前-{n}" * 9, "waiting", 0, None, 1, 0, 0, LOCK, 0) for n in range(1, 99)]
    lines = picture(replace(live_run(), coroutine_records=records), choice, width, height)
    assert len(lines) == height
    assert max(Console(width=width).measure(line).maximum for line in lines) <= width


def test_screen_says_paused_ended_and_what_is_wrong():
    assert picture(live_run(), Choice(is_paused=True))[0].endswith("wall 250 ms  paused")
    assert picture(sample())[0].endswith("wall 250 ms  ended")
    assert picture(sample())[3] == "3 coroutines, 3 at most"
    assert picture(replace(sample(), problems=["the file is cut short"]))[4] == "problem: the file is cut short"


def test_screen_says_which_rows_are_seen():
    records = [CoroutineRecord(n, "x", "waiting", 0, None, 1, 0, 0, LOCK, n) for n in range(1, 31)]
    lines = picture(replace(live_run(), coroutine_records=records), Choice(first=10))
    assert lines[-1].endswith("11 to 17 of 30")
    assert lines[6].split()[0] == "11"


def test_names_cannot_steer_the_terminal():
    records = [CoroutineRecord(1, "\x1b[2J[bold]\n", "waiting", 0, None, 1, 0, 0, LOCK, 0)]
    text = "\n".join(picture(replace(live_run(), program="\x07", coroutine_records=records), Choice(text="\x1b")))
    assert "\x1b" not in text
    assert "\x07" not in text


def test_watching_ends_with_the_run(monkeypatch):
    readings = iter([live_run(), replace(live_run(), wall=260 * MS), sample()])
    monkeypatch.setattr(reader, "read", lambda path, events: next(readings))
    watched = Watched("x")
    assert watched.before is None
    watched.refresh()
    assert (watched.before.wall, watched.now.wall) == (250 * MS, 260 * MS)
    for _ in range(3):
        watched.refresh()
    assert (watched.now.state, watched.rates()) == ("ended", rates(None, sample()))


@pytest.fixture
def one_run(monkeypatch):
    monkeypatch.setattr(runs, "find", lambda name, live: f"found {name} {live}")
    monkeypatch.setattr(reader, "read", lambda path, events: live_run())


@pytest.mark.parametrize("arguments", [[], ["--once"], ["-2", "--interval=1", "--color=never"]])
def test_snapshot_is_plain_text_in_a_pipe(one_run, capsys, arguments):
    assert top.main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "ocoro top: work.py  pid 4711  wall 250 ms"
    assert [line.split()[0] for line in lines[5:]] == ["number", "2", "3", "1"]
    assert "\x1b" not in "".join(lines)


def test_snapshot_is_sorted_and_limited(one_run, capsys):
    top.main(["--sort=waited", "--top=2"])
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[5:]] == ["number", "3", "1"]


@pytest.mark.parametrize("arguments", [["--sort=x"], ["--top=-1"], ["--interval=0"], ["--interval=x"], ["a", "b"]])
def test_wrong_options_are_refused(one_run, arguments):
    with pytest.raises(UsageError):
        top.main(arguments)


PROGRAM = """
import os, sys
sys.path.insert(0, {tests!r})
from sample_run import sample
from ocoro.cli import top
from ocoro.cli.main import main
from ocoro.cli.recorded import reader, runs
from dataclasses import replace

def read(path, events):
    if os.path.exists("fail"):
        raise RuntimeError("on purpose")
    run = sample()
    return run if os.path.exists("ended") else replace(run, state="live")

reader.read = read
runs.find = lambda name, live: "x"
sys.exit(top.main(["--interval=0.1"]))
"""


class Session:
    """`ocoro top` in a terminal of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.master, self.slave = pty.openpty()
        termios.tcsetwinsize(self.slave, (20, 100))
        self.modes = termios.tcgetattr(self.slave)
        environment = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS", "LINES")}
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM.format(tests=str(TESTS))],
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            cwd=folder,
            env=environment | {"TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"},
            process_group=0,
        )
        self.text = ""

    def until(self, text):
        """Read until the program has written this; what it wrote up to there is forgotten."""
        end = time.monotonic() + LIMIT
        while text not in self.text:
            ready, _, _ = select.select([self.master], [], [], LIMIT)
            assert ready, f"no {text!r} in {self.text!r}"
            assert time.monotonic() < end, f"no {text!r} in {self.text[-9999:]!r}"
            self.text += os.read(self.master, 65536).decode("utf-8", "replace")
        before, _, self.text = self.text.partition(text)
        return before

    def press(self, keys):
        os.write(self.master, keys)

    def resize(self, lines, columns):
        termios.tcsetwinsize(self.slave, (lines, columns))
        self.process.send_signal(signal.SIGWINCH)  # what the kernel does for a controlling terminal

    def end(self):
        """The exit status; the terminal is as it was."""
        self.until("\x1b[?1049l")
        status = self.process.wait(LIMIT)
        assert termios.tcgetattr(self.slave) == self.modes
        return status


@pytest.fixture
def session(tmp_path):
    session = Session(tmp_path)
    yield session
    session.process.kill()
    session.process.wait()
    os.close(session.master)
    os.close(session.slave)


def test_view_follows_keys_size_and_the_end_of_the_run(session):
    session.until("\x1b[?1049h")
    session.until("s sort")
    assert not termios.tcgetattr(session.slave)[3] & (termios.ICANON | termios.ECHO)
    session.press(b"s")
    session.until("[for]")
    session.press(b"/worker\r")
    session.until("filter: worker")
    session.press(b"?")
    session.until("what it does")
    session.press(b"?p")
    session.until("paused")
    session.resize(12, 60)
    session.until("3 in all, 3 at \r\n")
    session.press(b"p")
    (session.folder / "ended").touch()
    session.until("ended")
    session.press(b"q")
    assert session.end() == 0


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"])
def test_signal_leaves_the_terminal_as_it_was(session, name):
    number = signal.Signals[name]
    session.until("s sort")
    session.process.send_signal(number)
    assert session.end() == -number


def test_error_leaves_the_terminal_as_it_was(session):
    session.until("s sort")
    (session.folder / "fail").touch()
    assert session.end() == 1


def test_view_can_be_suspended(session):
    session.until("s sort")
    session.process.send_signal(signal.SIGTSTP)
    session.until("\x1b[?1049l")
    _, status = os.waitpid(session.process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    assert termios.tcgetattr(session.slave) == session.modes
    session.process.send_signal(signal.SIGCONT)
    session.until("\x1b[?1049h")
    session.until("s sort")
    session.press(b"q")
    assert session.end() == 0
