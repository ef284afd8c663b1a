"""`ocoro stats`, from a run made by hand."""

import csv
import io
import json
import os
import re
import sys
import termios
import time
from dataclasses import replace
from pathlib import Path

import pytest
from sample_run import MS, sample

from ocoro.cli import stats
from ocoro.cli.errors import UsageError
from ocoro.cli.recorded import reader, runs
from ocoro.cli.show import fields

EARLIER = "20261123T101400-work-4699.ocoro"
NEWEST = "20261123T101500-work-4711.ocoro"
HEADER = """\
work.py ended after 250 ms
pid 4711, Python 3.12.1, started 2026-11-23 10:15:00 in /srv/app
run 20261123T101500-work-4711
"""
SUMMARY = """\

wall         250 ms
running     70.0 ms   28.0 %  ██████████████
idle         150 ms   60.0 %                ██████████████████████████████
blocked     30.0 ms   12.0 %                                              ██████
waits        360 ms  sum of 6 waits, 58.3 % overlapped
One at a time it would have taken 320 ms, 1.28 times as long, without 140 ms of waits for other coroutines.
coroutines        3  at most 3 at once; 9 switches, 1 preemption

What was called
call   calls  waits  errors   bytes  total wait     late      p50      p99      max  1ms
sleep      2      2       -       -      200 ms  3.00 ms  99.6 ms  99.6 ms   100 ms        █
lock       3      3       -       -      140 ms  3.00 ms  49.8 ms  80.0 ms  80.0 ms     █ ██
recv       4      1       1  512  B     20.0 ms        -  20.0 ms  20.0 ms  20.0 ms      █
send       3      -       -   96  B           -        -        -        -        -

Where it waited
call   calls  waits  errors   bytes  total wait     late      p50      p99      max  1ms      place
sleep      2      2       -       -      200 ms  3.00 ms  99.6 ms  99.6 ms   100 ms        █  work.py:12 work
lock       2      2       -       -     90.0 ms  2.00 ms  10.0 ms  80.0 ms  80.0 ms     █  █  main.py:50 <module>
lock       1      1       -       -     50.0 ms  1.00 ms  49.8 ms  49.8 ms  50.0 ms       █   work.py:14 work
recv       4      1       1  512  B     20.0 ms        -  20.0 ms  20.0 ms  20.0 ms      █    main.py:40 fetch

What blocked the thread
30.0 ms  main.py:44 hash_it
    held up: 1.00 coroutines on average, 30.0 ms in sum
    hint: a call into C kept the thread, where nothing can be suspended; \
--offload=MODULE.FUNCTION makes the calls of a function in real threads
"""


@pytest.fixture(autouse=True)
def recorded(monkeypatch):
    """Path -> run: what the finder and the reader have; the newest is the sample."""
    found = {NEWEST: sample()}

    def read(path, events=True):
        run = replace(found[path], path=path)
        return run if events else replace(run, events=[])

    monkeypatch.setattr(runs, "find", lambda name=None: {None: NEWEST, "-1": NEWEST, "-2": EARLIER}.get(name, name))
    monkeypatch.setattr(runs, "processes", lambda path: [path])
    monkeypatch.setattr(reader, "read", read)
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("OCORO_DIR", os.curdir)  # where these files would be
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    time.tzset()
    yield found
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def shown(capsys):
    """What `ocoro stats` with these arguments writes; it must end with status 0."""

    def shown(*arguments):
        assert stats.main(list(arguments)) == 0
        return capsys.readouterr().out

    return shown


@pytest.fixture
def terminal(monkeypatch):
    """What it writes to a terminal of this width, without colours."""

    def shown(width, *arguments):
        master, slave = os.openpty()
        termios.tcsetwinsize(slave, (24, width))
        with open(slave, "w", encoding="utf-8") as stream:
            monkeypatch.setattr(sys, "stdout", stream)
            assert stats.main([*arguments, "--color=never"]) == 0
        return read_to_end(master).replace("\r\n", "\n")

    return shown


def read_to_end(master):
    """What was written to a terminal whose other end is closed by now."""
    data = b""
    try:
        while more := os.read(master, 65536):
            data += more
    except OSError:  # EIO: that was all
        pass
    os.close(master)
    return data.decode()


def refused(*arguments):
    with pytest.raises(UsageError) as problem:
        stats.main(list(arguments))
    return str(problem.value)


def test_summary_in_a_pipe(shown):
    assert shown() == HEADER + SUMMARY


def test_summary_on_a_wide_terminal_is_the_same(terminal):
    assert terminal(200) == HEADER + SUMMARY


@pytest.mark.parametrize("width", [40, 80, 200])
def test_summary_fits_the_terminal(terminal, width):
    text = terminal(width)
    assert max(map(len, text.splitlines())) <= width
    for words in ("250 ms", "70.0 ms", "28.0 %", "58.3 %", "140 ms", "main.py:50", "main.py:44 hash_it"):
        assert words in text


def test_narrow_terminal_keeps_what_matters(terminal):
    assert terminal(40, "--by=site").splitlines()[-7:] == [
        "call     total wait  place",
        "sleep        200 ms  work.py:12 work",
        "lock        90.0 ms  main.py:50 <module>",
        "lock        50.0 ms  work.py:14 work",
        "recv        20.0 ms  main.py:40 fetch",
        "blocked           -  main.py:44 hash_it",
        "send              -  (elsewhere)",
    ]


def test_narrow_terminal_says_what_blocked(terminal):
    heading, *rows = terminal(50, "--by=call").splitlines()[-6:]
    assert heading.split() == ["call", "waits", "total", "wait", "p99", "blocked"]
    assert "blocked      -           -        -  30.0 ms" in rows


def test_further_lines_of_a_figure_stand_below_its_text(terminal):
    text = terminal(50)
    assert "started 2026-11-23\n    10:15:00 in /srv/app\n" in text
    assert "waits        360 ms  sum of 6 waits, 58.3 %\n                     overlapped\n" in text
    assert "coroutines        3  at most 3 at once; 9\n                     switches, 1 preemption\n" in text


def test_terminal_without_blocks_gets_ascii(monkeypatch):
    data = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(data, "ascii"))
    assert stats.main([]) == 0
    text = data.getvalue().decode()
    assert "running     70.0 ms   28.0 %  ##############\n" in text
    assert "lock       3      3       -       -      140 ms  3.00 ms  49.8 ms  80.0 ms  80.0 ms     @ @@\n" in text


def test_colours_can_be_forced(shown):
    assert "\x1b[1mwork.py\x1b[0m ended" in shown("--color=always")
    assert "\x1b" not in shown()


@pytest.mark.parametrize(
    ("state", "words"), [("live", "is still running, for 250 ms so far"), ("killed", "was killed")]
)
def test_state_is_said(recorded, shown, state, words):
    recorded[NEWEST].state = state
    assert shown().startswith(f"work.py {words}")


def test_run_without_waits(recorded, shown):
    recorded[NEWEST] = replace(
        sample(), wall=5 * MS, running=5 * MS, idle=0, blocked=0, aggregates=[], events=[], switches=0, preemptions=0
    )
    assert shown().removeprefix(HEADER.replace("250 ms", "5.00 ms")) == NOTHING


NOTHING = """
wall        5.00 ms
running     5.00 ms  100.0 %  ██████████████████████████████████████████████████
idle              -    0.0 %
blocked           -    0.0 %
coroutines        3  at most 3 at once; 0 switches, 0 preemptions

Nothing waited.
"""


def test_run_of_no_time_at_all(recorded, shown):
    recorded[NEWEST] = replace(sample(), wall=0, running=0, idle=0, blocked=0, aggregates=[], events=[])
    assert "running           -    0.0 %\n" in shown()
    assert json.loads(shown("--json"))["totals"]["wall_ns"] == 0


def test_other_processes_are_mentioned(monkeypatch, shown):
    monkeypatch.setattr(runs, "processes", lambda path: [path, "child", "other"])
    assert "run 20261123T101500-work-4711, one of 3 processes (--by=process shows them all)\n" in shown()


def test_problems_of_the_file_are_warnings(recorded, capsys):
    recorded[NEWEST].problems = ["the last block\nis cut off", "2 records are torn"]
    assert stats.main([]) == 0
    assert capsys.readouterr() == (
        HEADER + SUMMARY,
        "warning: the last block is cut off\nwarning: 2 records are torn\n",
    )


def test_names_cannot_upset_the_terminal(recorded, shown):
    recorded[NEWEST].coroutine_records[1].name = "evil\x1b[2J\r\n"
    recorded[NEWEST].program = "evil\x1b]0;x\x07"
    for by in ("coroutine", "process"):
        text = shown(f"--by={by}")
        assert "evil\\x1b" in text
        assert "\x1b" not in text


def test_top_limits_each_table(shown):
    text = shown("--top=1")
    assert "  and 3 more; --top=0 shows all\n\nWhere" in text
    assert "  and 3 more; --top=0 shows all\n\nWhat blocked" in text
    assert "more" not in shown("--top=0")


@pytest.mark.parametrize(
    ("by", "sort", "first"),
    [
        ("call", "bytes", ["recv", "send", "sleep"]),
        ("call", "call", ["blocked", "lock", "recv"]),
        ("coroutine", "late", ["3", "1", "2"]),
        ("coroutine", "name", ["1", "2", "3"]),
        ("coroutine", "number", ["1", "2", "3"]),
    ],
)
def test_sort_puts_the_largest_first(shown, by, sort, first):
    lines = shown(f"--by={by}", f"--sort={sort}", "--csv").splitlines()[1:4]
    assert [line.split(",")[0] for line in lines] == first


def test_unknown_sort_names_the_columns():
    assert refused("--by=process", "--sort=p99") == (
        "error: --sort: there is no column 'p99'\n"
        "cause: by process the columns are pid, parent, program, state, wall, running, idle, blocked, cpu, waits,"
        " overlapped, coroutines, switches, preemptions\n"
        "hint: for example --by=process --sort=wall"
    )


def test_call_and_site_choose_rows_only(shown):
    text = shown("--call=l*", "--site=main.py")
    assert "waits        360 ms  sum of 6 waits, 58.3 % overlapped" in text
    assert "main.py:50 <module>" in text
    assert not any(words in text for words in ("work.py:", "sleep", "recv", "What blocked"))


def test_call_that_was_not_made_is_said(capsys):
    assert stats.main(["--call=accept"]) == 0
    out, err = capsys.readouterr()
    assert out.endswith("1 preemption\n\nNothing of the kind is recorded.\n")
    assert err == (
        "note: --call=accept: no call of that name is recorded; those recorded are blocked, lock, recv, send, sleep\n"
    )


@pytest.mark.parametrize(
    ("arguments", "out"),
    [
        (["--by=site"], HEADER + "\nNothing of the kind is recorded.\n"),
        (["--by=site", "--csv"], ""),
        (["--json", "--by=call"], ""),
        (["--against=-1"], ""),
    ],
)
def test_place_that_is_not_recorded_is_said(capsys, arguments, out):
    assert stats.main(["--site=nope", *arguments]) == 0
    written = capsys.readouterr()
    assert written.err == "note: --site=nope: no call at such a place is recorded\n"
    assert written.out == out or not out


def test_recording_of_nothing_has_no_figures(recorded, shown):
    recorded[NEWEST] = replace(
        sample(), wall=0, running=0, idle=0, blocked=0, aggregates=[], coroutine_records=[], events=[], state="killed"
    )
    assert shown() == HEADER.replace("ended after 250 ms", "has recorded nothing")


def test_by_coroutine(shown):
    assert shown("--by=coroutine") == HEADER + (
        "\n"
        "no.  name        state  started   ended  running  waits  total wait     late  last call  place\n"
        "  1  MainThread  ended        -  250 ms   138 ms      3      110 ms  2.00 ms  lock       main.py:50 <module>\n"
        "  2  worker-a    ended  5.00 ms  180 ms  74.0 ms      1      100 ms  1.00 ms  sleep      work.py:12 work\n"
        "  3  worker-b    ended  6.00 ms  240 ms  81.0 ms      2      150 ms  3.00 ms  lock       work.py:14 work\n"
    )


def test_by_process_reads_all_files(recorded, monkeypatch, capsys):
    recorded["child"] = replace(sample(), pid=4712, parent=4711, state="killed")
    monkeypatch.setattr(runs, "processes", lambda path: [NEWEST, "child", "gone"])
    found = reader.read

    def read(path, events=True):
        if path == "gone":
            raise UsageError("cannot read gone", "no such file", "")
        return found(path, events)

    monkeypatch.setattr(reader, "read", read)
    assert stats.main(["--by=process", "--csv"]) == 0
    out, err = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [(row["pid"], row["parent"], row["state"]) for row in rows] == [
        ("4711", "", "ended"),
        ("4712", "4711", "killed"),
    ]
    assert (rows[0]["wall_ns"], rows[0]["overlapped"]) == ("250000000", "0.5833")
    assert err == "warning: cannot read gone: no such file\n"


def test_window_is_said_and_adds_up(shown):
    text = shown("--since=40ms", "--until=50%")
    assert "\nonly from 40.0 ms to 125 ms after the start\n" in text
    totals = json.loads(shown("--json", "--since=0.04", "--until=125ms"))["totals"]
    assert [totals[f"{name}_ns"] // MS for name in ("wall", "running", "idle", "blocked")] == [85, 46, 9, 30]


def test_dropped_events_make_the_window_smaller(recorded, capsys):
    recorded[NEWEST].dropped = 1234
    recorded[NEWEST].events = recorded[NEWEST].events[5:]
    assert stats.main(["--since=0"]) == 0
    out, err = capsys.readouterr()
    assert "only from 109 ms to 250 ms after the start" in out
    assert err == (
        "warning: 1,234 events were dropped; what is known begins 0.109 s after the start"
        " (ocoro run --trace keeps more)\n"
    )


@pytest.mark.parametrize(
    "window", [["--since=1"], ["--since=1", "--until=2"], ["--since=20ms", "--until=10ms"], ["--until=0"]]
)
def test_empty_window_is_refused(window):
    assert refused(*window).startswith("error: there is no time between --since and --until\n")


def test_json_has_integers_in_nanoseconds(shown):
    document = json.loads(shown("--json"))
    assert document["schema"] == "ocoro.stats/1"
    assert document["run"]["run_id"] == "20261123T101500-work-4711"
    assert document["window"] is None
    assert (document["totals"]["waits_ns"], document["totals"]["waits"]) == (360 * MS, 6)
    assert [each["call"] for each in document["calls"]] == ["sleep", "lock", "recv", "blocked", "send"]
    assert document["calls"][2] == {
        "call": "recv",
        "calls": 4,
        "waits": 1,
        "errors": 1,
        "bytes": 512,
        "wait_ns": 20 * MS,
        "late_ns": 0,
        "p50_ns": 20 * MS,
        "p99_ns": 20 * MS,
        "max_ns": 20 * MS,
        "blocked_ns": 0,
        "held_ns": 0,
        "histogram": [[20019531, 1]],
    }
    assert document["sites"][0]["place"] == "/srv/app/work.py:12 work"
    assert (document["sites"][0]["file"], document["sites"][0]["line"]) == ("/srv/app/work.py", 12)
    assert [each["name"] for each in document["coroutines"]] == ["MainThread", "worker-a", "worker-b"]
    assert document["blocking"][0]["blocked_ns"] == 30 * MS


def test_json_by_one_thing_has_that_only(shown):
    document = json.loads(shown("--json", "--by=site", "--top=2"))
    assert [each["line"] for each in document["sites"]] == [12, 50]
    assert not {"calls", "coroutines", "blocking"} & set(document)


def test_csv_is_by_call(shown):
    rows = list(csv.DictReader(io.StringIO(shown("--csv"))))
    assert (rows[1]["call"], rows[1]["wait_ns"], rows[1]["max_ns"]) == ("lock", "140000000", "80000000")


def test_csv_has_a_line_for_each_row(recorded, shown):
    recorded[NEWEST].coroutine_records[1].name = 'a,"b"\nwörker\x1b[2J'
    rows = list(csv.DictReader(io.StringIO(shown("--csv", "--by=coroutine"))))
    assert rows[1]["name"] == 'a,"b"\\nwörker\\x1b[2J'


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t=", "\r=", "\n=", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_csv_has_nothing_that_a_spreadsheet_computes(recorded, shown, begin):
    recorded[NEWEST].coroutine_records[1].name = f"{begin}cmd|'/C calc'!A0"
    rows = list(csv.reader(io.StringIO(shown("--csv", "--by=coroutine"))))
    name = rows[2][rows[0].index("name")]
    assert name[0] in "'\\"
    assert name.endswith("cmd|'/C calc'!A0")


def test_numbers_of_csv_stay_numbers(recorded, shown):
    recorded[EARLIER] = replace(sample(), aggregates=[])
    rows = list(csv.DictReader(io.StringIO(shown("-2", "--against=-1", "--csv"))))
    assert min(int(row["change_ns"]) for row in rows) < 0


def test_data_is_utf8_in_any_locale(recorded, monkeypatch):
    recorded[NEWEST].coroutine_records[1].name = "wörker\udce9"
    data = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(data, "ascii"))
    assert stats.main(["--csv", "--by=coroutine"]) == 0
    assert "wörker\\udce9".encode() in data.getvalue()


def test_prometheus_is_by_call_or_site(shown):
    assert 'ocoro_calls_total{call="recv"} 4\n' in shown("--prometheus")
    assert 'call="recv",file="/srv/app/main.py",line="40"' in shown("--prometheus", "--by=site")


def test_runs_are_compared(recorded, shown):
    recorded[EARLIER] = replace(sample(), wall=125 * MS, idle=25 * MS)
    text = shown("--against", "-2")
    assert text.startswith("before  20261123T101400-work-4699, 125 ms\nnow     20261123T101500-work-4711, 250 ms\n")
    assert "wall            125 ms   250 ms   2.00\n" in text
    assert json.loads(shown("--against=-2", "--json"))["totals"]["wall_ns"]["ratio"] == 2.0
    assert shown("--against=-2", "--csv").startswith("call,file,function,change_ns,")


@pytest.mark.parametrize("arguments", [["-2"], ["-2", "--top=1"], ["--top", "1", "-2"]])
def test_run_before_the_last_can_be_named(recorded, shown, arguments):
    recorded[EARLIER] = sample()
    assert "run 20261123T101400-work-4699\n" in shown(*arguments)


def test_condition_that_holds_ends_with_3(capsys):
    assert stats.main(["--fail-if=blocked>20ms", "--fail-if=errors>5", "--fail-if=lock.max>50ms", "--call=recv"]) == 3
    assert capsys.readouterr().err == (
        "failed: blocked>20ms holds: blocked is 30.0 ms\nfailed: lock.max>50ms holds: lock.max is 80.0 ms\n"
    )


def test_conditions_that_do_not_hold_end_with_0(capsys):
    assert stats.main(["--fail-if=blocked>30ms", "--fail-if=accept.p99>1s", "--json"]) == 0
    assert capsys.readouterr().err == "warning: --fail-if accept.p99>1s: the run has no call accept\n"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--json", "--csv"], "--json and --csv do not go together"),
        (["--against=x", "--by=process"], "--against and --by=process do not go together"),
        (["--against=x", "--sort=wait"], "--against and --sort do not go together"),
        (["--against=x", "--prometheus"], "--against and --prometheus do not go together"),
        (["--prometheus", "--by=coroutine"], "--prometheus and --by=coroutine do not go together"),
        (["--by=frob"], "Invalid value for '--by'"),
        (["--frob"], "No such option '--frob'"),
        (["--top=-1"], "Invalid value for '--top'"),
        (["--since=soon"], "--since: 'soon' is no time"),
        (["--fail-if=frob"], "--fail-if: 'frob' is no condition"),
        (["--call=recieve"], "--call: there is no call 'recieve'"),
    ],
)
def test_what_cannot_be_is_refused(arguments, error):
    assert refused(*arguments).startswith(f"error: {error}")


def test_help_explains_the_run(shown):
    assert "-2 for the run before the last" in " ".join(shown("--help").split())


def test_closed_pipe_is_left_to_the_console_script(monkeypatch):
    reading, writing = os.pipe()
    os.close(reading)
    stream = os.fdopen(writing, "w")
    monkeypatch.setattr(sys, "stdout", stream)
    with pytest.raises(BrokenPipeError):
        stats.main([])
    with pytest.raises(BrokenPipeError):
        stream.close()


README = Path(__file__).parents[2] / "README.md"


def shape(line):
    """The line without what differs from run to run: numbers, units, bars."""
    line = re.sub(r"\d[\d.,]*", "0", line.rstrip("█# ").replace(" - ", " 0 s "))
    return re.sub(r" +(?=[^ ])", " ", re.sub(r"0 +(ns|us|ms|s)\b", "0 s", line))


def titles(line):
    """The titles of a table's columns, without the scale of its histograms."""
    return [title for title in re.split(r"  +", line) if not re.fullmatch(r"\d+(ns|us|ms|s|m|d)", title)]


def test_readme_shows_what_is_printed(recorded, shown):
    path = NEWEST.replace("work", "hundred_waits")
    run = recorded[path] = replace(sample(), program="hundred_waits.py", directory="/srv/demo", preemptions=0)
    run.running, run.blocked = 100 * MS, 0
    block = README.read_text().split("\n$ ocoro stats --top 5\n")[1].split("\n```\n")[0].splitlines()
    printed = shown(path, "--top=1").splitlines()
    figures = printed.index("What was called")
    assert [shape(line) for line in block[:figures]] == [shape(line) for line in printed[:figures]]
    for section, columns in (("What was called", fields.CALL_FIELDS), ("Where it waited", fields.SITE_FIELDS)):
        shows, prints = (titles(lines[lines.index(section) + 1]) for lines in (block, printed))
        known = [each.column.title for each in columns]
        assert shows == [title for title in known if title in shows]
        assert prints == [title for title in known if title in prints]
        assert {each.column.title for each in columns if not each.rank} <= set(shows)
    assert shape("  and 3 more; --top=0 shows all") in map(shape, block)
