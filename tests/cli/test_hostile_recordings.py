"""Whatever a recording holds, in whichever field, every command shows it as data, in the form that was asked for.

For people: no character that a terminal obeys, no line that the command did not write, no other order of letters. For
programs: the reader of each format reads it, and finds the texts where they belong.
"""

import csv
import io
import json
import math
import re
import sys
from html.parser import HTMLParser

import pytest
from hostile_recordings import FORGED, TEXTS, everywhere, plain, varied, written

from ocoro.cli import runs as runs_command
from ocoro.cli import stats, top, trace
from ocoro.cli.errors import UsageError, complain
from ocoro.cli.recorded.reader import read
from ocoro.cli.visible import visible

COMMANDS = {"stats": stats.main, "runs": runs_command.main, "top": top.main, "trace": trace.main}
SGR = re.compile(r"\x1b\[[0-9;]*m")
STATS = ([], ["--by=call"], ["--by=site"], ["--by=coroutine"], ["--by=process"], ["--since=1%"], ["--top=0"])
FOR_PEOPLE = [
    *(
        ["stats", "last", *more]
        for more in (*STATS, ["--call=*=*"], ["--site=*"], ["--against=-2"], ["--fail-if=waits>0"])
    ),
    *(["runs", *more] for more in ([], ["--all"])),
    *(["top", "last", "--once", *more] for more in ([], ["--sort=name"])),
    *(["trace", "last", *more] for more in ([], ["--strace"], ["--timeline"], ["--filter=*"], ["--slower-than=1us"])),
]
MACHINES = ("json", "csv", "prometheus")
EXPORTS = ("chrome", "perfetto", "speedscope", "collapsed", "html")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two runs with everything in them; their files are called like that, too."""
    folder = tmp_path_factory.mktemp("runs")
    name = "\x1b]0;t\x07\nFORGED\u202e=$(touch OBEYED)"
    for second in (1, 2):
        written(everywhere(), folder / f"20261123T10150{second}-{name}-{second}.ocoro")
    return folder


@pytest.fixture
def shown(folder, monkeypatch, capfd):
    """A function: what a command writes to its two streams, and its status, as bytes are."""
    monkeypatch.setenv("OCORO_DIR", str(folder))

    def shown(command, *arguments):
        out = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
        err = io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace", write_through=True)
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        try:
            status = COMMANDS[command](list(arguments))
        except UsageError as problem:
            complain(problem)
            status = 2
        return out.buffer.getvalue(), err.buffer.getvalue().decode(), status

    return shown


def check_for_people(text):
    """Nothing but printable characters and line ends, and no line of somebody else's."""
    lines = text.split("\n")
    assert [line for line in lines if not line.isprintable()] == []
    assert [line for line in lines if line.strip().startswith(FORGED)] == []


@pytest.mark.parametrize("color", ["never", "always"])
@pytest.mark.parametrize("arguments", FOR_PEOPLE, ids=" ".join)
def test_people_see_nothing_but_text(shown, arguments, color):
    more = [] if arguments[0] == "trace" else [f"--color={color}"]
    out, err, status = shown(*arguments, *more)
    check_for_people(SGR.sub("", out.decode()) if color == "always" else out.decode())
    check_for_people(err)
    assert (status, out != b"") in ((0, True), (3, True))


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_screen_of_top_is_nothing_but_text(folder, columns):
    from rich.console import Console

    from ocoro.cli.live import screen, watched
    from ocoro.cli.live.keys import Choice

    seen = watched.Watched(str(next(folder.glob("*.ocoro"))))
    text = io.StringIO()
    found = screen.chosen(seen.now, "name")
    picture = screen.screen(seen.now, seen.rates(), Choice("name"), found, columns, 60)
    Console(file=text, width=columns, height=60, markup=False, emoji=False, highlight=False).print(picture)
    check_for_people(text.getvalue())


# -- for programs ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run(folder):
    run = read(str(sorted(folder.glob("*.ocoro"))[-1]))
    assert run.problems == []
    assert len(run.coroutine_records) == len(TEXTS)
    return run


def test_json_has_every_text(shown, run):
    out, _, status = shown("stats", "last", "--json")
    found = json.loads(out)
    assert (out.isascii(), status) == (True, 0)
    assert {each["name"] for each in found["coroutines"]} == {each.name for each in run.coroutine_records}
    assert {each["call"] for each in found["calls"]} >= {each.site.call for each in run.aggregates if each.waits}
    assert {(each["file"], each["function"]) for each in found["sites"]} <= {
        (each.site.file, each.site.function) for each in run.aggregates
    }
    assert (found["run"]["program"], found["run"]["command"]) == (run.program, list(run.command))
    assert len(json.loads(shown("runs", "--json")[0])["runs"]) == 2


@pytest.mark.parametrize("by", ["call", "site", "coroutine", "process", "against"])
def test_csv_has_a_row_for_each(shown, run, by):
    more = ["--against=-2"] if by == "against" else [f"--by={by}"]
    out, _, status = shown("stats", "last", "--csv", *more)
    check_for_people(out.decode())
    head, *rows = csv.reader(io.StringIO(out.decode()))
    assert (status, {len(row) for row in rows}) == (0, {len(head)})
    assert by != "coroutine" or len(rows) == len(TEXTS)
    for cell in (cell for row in rows for cell in row):
        assert cell[:1] not in tuple("=+-@\t\r") or re.fullmatch(r"-[\d.]+", cell)
    if by == "coroutine":
        names = [visible(each.name) for each in run.coroutine_records]
        expected = {f"'{name}" if name.startswith(tuple("=+-@")) else name for name in names}
        assert {row[head.index("name")] for row in rows} == expected


@pytest.mark.parametrize("by", ["call", "site"])
def test_prometheus_reads_every_label(shown, run, by):
    from prometheus_client.parser import text_string_to_metric_families

    out, _, status = shown("stats", "last", "--prometheus", f"--by={by}")
    check_for_people(out.decode())
    families = {each.name: each for each in text_string_to_metric_families(out.decode())}
    samples = families["ocoro_calls"].samples
    assert status == 0
    expected = {"\n".join(map(visible, each.site.call.split("\n"))) for each in run.aggregates}
    assert {each.labels["call"] for each in samples} == expected
    assert FORGED not in {name.partition("{")[0] for name in families}


@pytest.mark.parametrize("kind", ["chrome", "speedscope"])
def test_json_exports_are_read(shown, run, kind):
    out, err, status = shown("trace", "last", f"--export={kind}")
    check_for_people(out.decode())
    check_for_people(err)
    found = json.loads(out)
    assert status == 0
    if kind == "chrome":
        names = {each["args"]["name"] for each in found if each["name"] == "thread_name"}
        assert names >= {each.name for each in run.coroutine_records if each.name}
    else:
        files = {each.get("file") for each in found["shared"]["frames"]}
        assert {each.site.file for each in run.events if each.site and each.kind == "wait"} <= files


def test_collapsed_has_three_frames_and_a_number(shown):
    out, _, status = shown("trace", "last", "--export=collapsed")
    check_for_people(out.decode())
    lines = out.decode().splitlines()
    assert (status, len(lines) > len(TEXTS)) == (0, True)
    assert [line for line in lines if not re.fullmatch(r"[^; ]+;[^; ]+;[^; ]+ \d+", line)] == []


class Tags(HTMLParser):
    """The elements of a page with the names of their attributes, and its texts."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.texts, self.recording = set(), [], ""
        self._in_data = False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.add((tag, *sorted(name for name, _ in attrs)))
        self._in_data = ("id", "recording") in attrs

    def handle_data(self, data):
        if self._in_data:
            self.recording += data
        self.texts.append(data)


def test_html_has_no_element_more(shown, tmp_path, folder):
    out, _, status = shown("trace", "last", "--export=html")
    written(plain(), tmp_path / "plain.ocoro")
    page, other = Tags(out.decode()), Tags(shown("trace", str(tmp_path / "plain.ocoro"), "--export=html")[0].decode())
    assert (status, page.elements - other.elements) == (0, set())
    assert [char for char in set(out.decode()) if not char.isprintable() and char not in "\n\u00ad"] == []
    names = [each[1] for each in json.loads(page.recording)["coroutines"]]
    assert len(names) == len(TEXTS)


# -- messages ----------------------------------------------------------------------------------------------------------

QUOTED = "\x1b]0;t\x07\x1b[2J\u202e\udc80\x9b\x85"
MESSAGES = [
    *(
        ["stats", QUOTED],
        ["stats", f"./{QUOTED}.ocoro"],
        ["stats", "last", f"--call={QUOTED}"],
        ["stats", f"--{QUOTED}"],
    ),
    *(["stats", "last", f"--site={QUOTED}"], ["stats", f"--sort={QUOTED}"], ["stats", f"--fail-if={QUOTED}"]),
    *(["stats", f"--since={QUOTED}"], ["stats", f"--by={QUOTED}"], ["stats", "last", "--call=x\nFORGED*"]),
    *(["runs", QUOTED], ["runs", "--remove", QUOTED], ["top", QUOTED], ["top", f"--sort={QUOTED}"]),
    *(["trace", "last", f"--filter={QUOTED}"], ["trace", "last", f"--export={QUOTED}"], ["trace", f"{QUOTED}.ocoro"]),
    *(["trace", "last", "-o", f"/dev/null/{QUOTED}"], ["trace", "last", f"--slower-than={QUOTED}"]),
    *(["trace", "last", "--filter=end,\nFORGED"], ["trace", f"--{QUOTED}", "last"]),
]


@pytest.mark.parametrize("arguments", MESSAGES, ids=lambda arguments: ascii(" ".join(arguments)))
def test_messages_quote_names_as_text(shown, arguments):
    out, err, _ = shown(*arguments)
    check_for_people(out.decode())
    check_for_people(err)
    assert err


@pytest.mark.parametrize("problem", ["cut", "lost", "version"])
def test_warnings_of_damage_are_text(shown, folder, tmp_path, problem):
    path = written(everywhere(), tmp_path / "\x1b[2J\nFORGED.ocoro")
    data = bytearray(path.read_bytes())
    changed = {"cut": data[: len(data) // 2], "lost": data[:4096], "version": data[:8] + b"\x09" + data[9:]}[problem]
    path.write_bytes(changed)
    for arguments in (["stats"], ["stats", "--by=process"], ["trace"], ["top", "--once"], ["runs"]):
        out, err, _ = shown(arguments[0], str(path), *arguments[1:])
        check_for_people(out.decode())
        check_for_people(err)


# -- numbers -----------------------------------------------------------------------------------------------------------

U16, U32, U64 = (0, (1 << 16) - 1), (0, (1 << 32) - 1), (0, 1 << 60, (1 << 64) - 1)
I32, I64 = (-(1 << 31), -1, (1 << 31) - 1), (-(1 << 63), -1, (1 << 62) - 1, (1 << 63) - 1)
SECONDS = (math.nan, math.inf, -math.inf, -1.0, 1e9, 1e308, 5e-324)
RANGES = {
    "header": (U16, U16, U32, I32, I64, SECONDS, U32),
    "totals": (*(SECONDS,) * 5, *(U64,) * 6),
    "sites": (I64, *(U64,) * 3, *(SECONDS,) * 6, U64),  # the last is the line
    "coroutines": (U32, U32, U32, U32, *(SECONDS,) * 5),
    "events": (SECONDS, SECONDS, SECONDS, U32, U32, I32, I32, U32, U32),
}
VARIED = [
    (part, -1 if part == "sites" and at == 10 else at, value)
    for part, ranges in RANGES.items()
    for at, values in enumerate(ranges)
    for value in values
]
READERS = [
    *(["stats"], ["stats", "--json"], ["stats", "--csv", "--by=coroutine"], ["stats", "--prometheus", "--by=site"]),
    *(
        ["stats", "--since=10%", "--until=60%"],
        ["stats", "--by=process"],
        ["top", "--once"],
        ["runs"],
        ["runs", "--json"],
    ),
    *(["trace"], ["trace", "--timeline"], ["trace", "--strace"], *(["trace", f"--export={kind}"] for kind in EXPORTS)),
]


@pytest.mark.parametrize("part", RANGES)
def test_numbers_can_be_anything(shown, tmp_path, part):
    path = tmp_path / "numbers.ocoro"
    for where, at, value in VARIED:
        if where == part:
            written(varied(plain(), part, at, value), path)
            for command, *more in READERS:
                out, err, status = shown(command, str(path), *more)
                assert status in (0, 2), (part, at, value, command, more)
                if "--export=perfetto" not in more:
                    check_for_people(out.decode())
                check_for_people(err)


@pytest.mark.parametrize("tag", [b"TOTL", b"TEXT", b"SITE", b"CORO", b"EVNT"])
@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 4095, 1 << 20, 1 << 40, (1 << 64) - 1])
def test_lengths_of_blocks_can_be_anything(shown, tmp_path, tag, length):
    recipe = plain()
    recipe.lengths[tag] = length
    path = written(recipe, tmp_path / "lengths.ocoro")
    for command, *more in (["stats"], ["stats", "--json"], ["trace"], ["top", "--once"], ["runs"]):
        out, err, status = shown(command, str(path), *more)
        assert status in (0, 2)
        check_for_people(out.decode())
        check_for_people(err)
