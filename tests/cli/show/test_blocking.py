"""What blocked the thread: who was held up, the line of source, and hints."""

import os
from dataclasses import replace

import pytest
from sample_run import HASH, LOCK, MS, SLEEP, sample

from ocoro.cli.recorded.model import Aggregate, Event, Site
from ocoro.cli.show.blocking import computing, culprits, hint, source_line
from ocoro.cli.show.offloading import function


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


def test_those_that_were_started_or_preempted_before_are_named():
    run = sample()
    run.coroutine_records = []
    run.events += [
        Event("preempt", 7, 30 * MS, 30 * MS, 30 * MS),  # and has had the thread again by 39
        Event("wait", 7, 39 * MS, 80 * MS, 80 * MS, LOCK),
        Event("spawn", 8, 40 * MS, 40 * MS, 40 * MS, waker=1),
        Event("preempt", 9, 45 * MS, 45 * MS, 45 * MS),
        Event("wait", 8, 72 * MS, 80 * MS, 80 * MS, SLEEP),
        Event("end", 9, 90 * MS, 90 * MS, 90 * MS),
        Event("preempt", 6, 45 * MS, 45 * MS, 45 * MS),  # nobody knows what came of it
    ]
    assert sorted(culprits(run)[0].held_up) == ["coroutine 8", "coroutine 9"]


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
        f"no hook covers this call; {words} it was interrupted to let others run;"
        " --offload=MODULE.FUNCTION makes the calls of a function in real threads"
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


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("rows = connection.execute(query)", "database"),
        ("connection = psycopg2.connect(where)", "set_wait_callback"),
        ("connection = psycopg.connect(where)", "PSYCOPG_IMPL=python"),
        ("channel.sendall(data)", "its hook is off"),
        ("subprocess.run(command)", "starting a process"),
        ("self.pid = _fork_exec(", "starting a process"),
        ("status = os.system(line)", "starting a process"),
        ("family = socket.getaddrinfo(*where)", "looked up"),
        ("file.flush()", "disk"),
        ("f.write(data)", "files are always ready"),
        ("return open(path).read()", "files are always ready"),
        ("os.replace(new, old)", "files are always ready"),
        ("shutil.copytree(a, b)", "files are always ready"),
        ("hashlib.sha256(data)", "hashing"),
        ("return zlib.crc32(data)", "hashing"),
        ("return pickle.dumps([str(each) for each in big])", "one long call"),
        ("tree = xml.etree.ElementTree.fromstring(text)", "one long call"),
        ("found = re.match(pattern, text)", "one long call"),
        ("names.sort(key=len)", "one long call"),
        ("np.linalg.solve(a, b)", "C library"),
        ("import numpy", "importing"),
        ("from . import views", "importing"),
        ("module = importlib.import_module(name)", "importing"),
    ],
)
def test_line_of_source_tells_what_helps(source, words):
    assert words in hint(Site(1, "blocked", "/srv/a.py", 3, "work"), source)


@pytest.mark.parametrize(
    ("file", "function", "words"),
    [
        ("/usr/lib/python3.11/subprocess.py", "Popen._execute_child", "starting a process"),
        ("/usr/lib/python3.11/json/decoder.py", "JSONDecoder.raw_decode", "one long call"),
        ("/usr/lib/python3.11/xml/etree/ElementTree.py", "XML", "one long call"),
        ("/usr/lib/python3.11/re/__init__.py", "match", "one long call"),
        ("/usr/lib/python3.11/shutil.py", "copyfileobj", "files are always ready"),
        ("/opt/venv/lib/python3.11/site-packages/PIL/Image.py", "Image.resize", "C library"),
        ("/opt/venv/lib/python3.11/site-packages/django/db/backends/sqlite3/base.py", "execute", "database"),
        ("<frozen os>", "walk", "files are always ready"),
        ("<frozen importlib._bootstrap_external>", "FileLoader.get_data", "importing"),
    ],
)
def test_module_of_a_library_tells_what_helps(file, function, words):
    assert words in hint(Site(1, "blocked", file, 3, function))


@pytest.mark.parametrize(
    ("file", "function", "source"),
    [
        ("/srv/my_json_app.py", "work", ""),
        ("/srv/json/xml.py", "sqlite3", ""),
        ("/srv/pickled/PILot.py", "compress", ""),
        ("/srv/a.py", "read", "result = compute(rows)"),
        ("/srv/a.py", "Resolver.resolve", "path = path.resolve()"),
        ("/srv/a.py", "work", "run_async(task)"),
        ("/srv/a.py", "work", "client.sync(task)"),
        ("/srv/a.py", "work", "COMPILED = my_json.total(xmlish, PILOT)"),
        ("/srv/a.py", "work", "text = text.replace(old, new)"),
        ("/srv/a.py", "work", "reopen(door)"),
        ("/srv/a.py", "work", "spread(butter)"),
        ("/srv/a.py", "work", "log('json.loads( and open( fail')  # os.fsync(fd)"),
        ("/srv/a.py", "work", "important = imports(name)"),
        ("/opt/venv/lib/python3.11/site-packages/jsonish/core.py", "encrypt", ""),
    ],
)
def test_names_that_only_look_alike_tell_nothing(file, function, source):
    assert "a call into C" in hint(Site(1, "blocked", file, 3, function), source)


SOURCE = """\
import os.path, numpy as np, psycopg2, time
import library.inner
from library import wait as pause, Kind
from .beside import own
def work(connection):
    connection = psycopg2.connect(
        dsn)
    np.linalg.solve(a, b); print(c)
    pause(1); connection.cursor().execute("x")
    library.inner.f()
    Kind(1), Kind.make(2), own(3), work(4), time.sleep(5), "psycopg2.connect()"
    pause(np.zeros(1))
"""


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (6, "psycopg2.connect"),
        (7, "psycopg2.connect"),
        (8, "numpy.linalg.solve"),
        (9, "library.wait"),
        (10, "library.inner.f"),
        (11, ""),  # classes, the file's own, and what is hooked
        (12, ""),  # which of the two?
        (99, ""),
    ],
)
def test_function_that_could_be_offloaded_is_named(tmp_path, line, name):
    path = tmp_path / "work.py"
    path.write_text(SOURCE)
    os.utime(path, ns=(0, 1000))
    told = f"--offload={name} makes the call in a real thread" if name else "--offload=MODULE.FUNCTION makes"
    site = Site(1, "blocked", str(path), line, "work")
    assert told in hint(site, before=2000)
    assert "--offload=MODULE.FUNCTION makes" in hint(site, before=500), "the file is newer than the run"


@pytest.mark.parametrize("text", ["", "def", "\0", "(" * 10_000, "x = '\\d'\nf()"])
def test_source_that_is_none_names_no_function(text):
    assert function(text, 1) == ""


@pytest.mark.parametrize("source", ["s.sendall(data)", "re.sub(a, b, c)", "open(path).read()", "frob()"])
def test_process_pool_is_told_only_where_the_lock_is_kept(source):
    assert ("process pool" in hint(HASH, source)) == source.startswith("re.")


def preempted(number, line, function, waits):
    return Aggregate(Site(number, "preempted", "/srv/app/main.py", line, function), waits=waits)


def test_functions_that_computed_are_added_up():
    """Which of the lines of a loop is interrupted is chance."""
    run = sample()
    run.aggregates += [preempted(10 + line, line, "count", 3) for line in range(3)]
    run.aggregates += [preempted(20, 20, "count", 5), preempted(21, 21, "other", 13)]
    assert [(each.site.line, each.times) for each in computing(run)] == [(20, 14), (21, 13)]


def test_line_that_blocked_did_not_compute_as_well():
    """Behind a call of C code the time slice is over, of course."""
    run = sample()
    run.aggregates += [preempted(10, HASH.line, HASH.function, 3), preempted(11, 90, "other", 1)]
    assert [each.site.line for each in computing(run)] == [90]


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
