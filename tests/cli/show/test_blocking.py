"""What blocked the thread: who was held up, the line of source, and hints."""

import os
from dataclasses import replace

import pytest
from sample_run import HASH, LOCK, MS, SLEEP, sample

from ocoro.cli.recorded.model import Event, Site
from ocoro.cli.show.blocking import HINTS, culprits, hint, source_line


def test_place_that_blocked_is_named():
    (found,) = culprits(sample())
    assert (found.aggregate.site.function, found.aggregate.blocked) == ("hash_it", 30 * MS)
    assert found.held_up == ()


def test_those_that_were_ready_meanwhile_are_named():
    run = sample()
    run.events += [
        Event("wait", 2, 35 * MS, 65 * MS, 71 * MS, LOCK),
        Event("wait", 3, 20 * MS, 30 * MS, 75 * MS, SLEEP),
        Event("wait", 9, 20 * MS, 69 * MS, 75 * MS, SLEEP),
        Event("wait", 1, 20 * MS, 50 * MS, 75 * MS, SLEEP),  # itself
        Event("wait", 4, 20 * MS, 30 * MS, 40 * MS, SLEEP),  # resumed before
    ]
    assert culprits(run)[0].held_up == ("worker-b", "worker-a", "coroutine 9")


def test_longest_blocking_comes_first():
    run = sample()
    run.aggregates.append(replace(run.aggregates[4], site=Site(9, "open"), blocked=31 * MS))
    assert [each.aggregate.site.call for each in culprits(run)] == ["open", "blocked"]


@pytest.mark.parametrize(("count", "words"), [(1, "once"), (1200, "1,200 times")])
def test_missing_hook_is_said(count, words):
    run = sample()
    site = run.aggregates[4].site
    run.aggregates.append(replace(run.aggregates[4], site=replace(site, call="rescued"), blocked=0, calls=count))
    assert [each.hint for each in culprits(run)] == [
        f"no hook covers this call; {words} it was interrupted to let others run"
    ]


def test_nothing_blocked():
    run = sample()
    del run.aggregates[4]
    assert culprits(run) == []


@pytest.mark.parametrize(
    ("site", "source", "words"),
    [
        (Site(1, "blocked", "/usr/lib/python3.12/sqlite3/dbapi2.py", 3, "connect"), "", "database"),
        (Site(1, "blocked", "/srv/a.py", 3, "save"), "connection.commit()", "database"),
        (Site(1, "blocked", "/usr/lib/python3.12/subprocess.py", 3, "_execute_child"), "", "starting a process"),
        (Site(1, "blocked", "/srv/a.py", 3, "load"), "with open(path) as file:", "files are always ready"),
        (Site(1, "blocked", "/srv/a.py", 3, "load"), "os.fsync(fd)", "disk"),
        (Site(1, "blocked", "/srv/a.py", 3, "check"), "hashlib.scrypt(word)", "hashing"),
        (Site(1, "blocked", "/srv/a.py", 3, "parse"), "json.loads(text)", "smaller pieces"),
        (Site(1, "blocked", "/srv/a.py", 3, "work"), "frob()", "a call into C"),
        (Site(1, "blocked"), "", "a call into C"),
    ],
)
def test_hint_fits_the_place(site, source, words):
    assert words in hint(site, source)


def test_last_hint_fits_everything():
    assert HINTS[-1].pattern.search("")


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "script.py"
    path.write_text("first\n    second()\n")
    os.utime(path, ns=(0, 1000))
    return str(path)


def test_source_line_is_read(script):
    assert source_line(replace(HASH, file=script, line=2), 2000) == "second()"


@pytest.mark.parametrize(("line", "started"), [(3, 2000), (0, 2000), (2, 500)])
def test_source_that_does_not_fit_is_not_shown(script, line, started):
    assert source_line(replace(HASH, file=script, line=line), started) == ""


@pytest.mark.parametrize("file", ["", "/no/such.py", "/dev/zero", "/dev/zero/a.py", "\0.py", "<string>"])
def test_only_source_files_are_read(file):
    assert source_line(replace(HASH, file=file), 1 << 62) == ""


def test_fifo_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "a.py")
    assert source_line(replace(HASH, file=str(tmp_path / "a.py")), 1 << 62) == ""
