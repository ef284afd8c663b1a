"""The speedscope export: by the rules of its importer, and against the schema in its npm package."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest
from chromium import Tab
from sample_run import MS, RECV, sample

from ocoro.cli.export import speedscope
from ocoro.cli.recorded.model import CoroutineRecord

# Prints what ajv finds wrong with the files named on the command line by speedscope's schema.
CHECK = """
const fs = require("node:fs"), Ajv = require("ajv");
const schema = JSON.parse(fs.readFileSync("node_modules/speedscope/dist/release/file-format-schema.json"));
const valid = new Ajv({ strict: false, allErrors: true }).compile(schema);
for (const name of process.argv.slice(1)) {
  if (!valid(JSON.parse(fs.readFileSync(name)))) console.log(name, JSON.stringify(valid.errors.slice(0, 5)));
}
"""

# Becomes true when the condition does, and false if it does not within half a minute.
UNTIL = """
(async () => {
  for (let count = 0; count < 600 && !(%s); count++) await new Promise(done => setTimeout(done, 50));
  return Boolean(%s);
})()
"""


def stacks(document, name):
    """(frames of the stack, start, end) of the calls of a profile, checked as speedscope's importer does."""
    (profile,) = (each for each in document["profiles"] if each["name"] == name)
    frames = document["shared"]["frames"]
    found, stack, now = [], [], profile["startValue"]
    for event in profile["events"]:
        assert event["at"] >= now
        now = event["at"]
        if event["type"] == "O":
            stack.append((event["frame"], now))
        else:
            assert event["type"] == "C"
            assert stack[-1][0] == event["frame"]
            found.append((";".join(frames[frame]["name"] for frame, _ in stack), stack.pop()[1], now))
    assert stack == []
    assert now <= profile["endValue"]
    return found


def assert_importable(document):
    for profile in document["profiles"]:
        assert (profile["type"], profile["unit"]) == ("evented", "nanoseconds")
    names = [profile["name"] for profile in document["profiles"]]
    for name in set(names):
        if names.count(name) == 1:
            stacks(document, name)
    frames = document["shared"]["frames"]
    assert len({json.dumps(frame) for frame in frames}) == len(frames)


def test_a_profile_per_coroutine(exported):
    document = json.loads(exported(speedscope, sample()))
    assert_importable(document)
    assert document["name"] == "work.py"
    assert [profile["name"] for profile in document["profiles"]] == ["MainThread", "worker-a", "worker-b"]
    assert {profile["endValue"] for profile in document["profiles"]} == {250 * MS}


def test_a_stack_is_place_call_and_late(exported):
    document = json.loads(exported(speedscope, sample()))
    expected = [
        ("work;sleep;late", 109, 111),
        ("work;sleep", 9, 111),
        ("work", 9, 111),
        ("work;lock;late", 162, 163),
        ("work;lock", 112, 163),
        ("work", 112, 163),
    ]
    assert stacks(document, "worker-b") == [(stack, start * MS, end * MS) for stack, start, end in expected]
    assert {"name": "fetch", "file": "/srv/app/main.py", "line": 40} in document["shared"]["frames"]
    assert {"name": "recv"} in document["shared"]["frames"]


def test_a_wait_without_end_is_shown(exported):
    run = sample()
    run.coroutine_records.append(CoroutineRecord(9, "stuck", "waiting", 0, None, 1, 0, 0, RECV, 240 * MS))
    found = stacks(json.loads(exported(speedscope, run)), "stuck")
    assert found == [("fetch;recv", 240 * MS, 250 * MS), ("fetch", 240 * MS, 250 * MS)]


def test_a_run_without_events_has_an_empty_profile(exported, empty_run):
    document = json.loads(exported(speedscope, empty_run))
    assert [(each["name"], each["events"]) for each in document["profiles"]] == [("coroutine 1", [])]


def test_odd_run_is_importable(exported, odd_run):
    document = json.loads(exported(speedscope, odd_run))
    assert_importable(document)
    names = {profile["name"] for profile in document["profiles"]}
    assert {"coroutine 17", "\N{GRINNING FACE} out of the BMP", "two\nlines; and\ta tab", "not text \\udc80"} <= names
    overlapping = [(start, end) for stack, start, end in stacks(document, "coroutine 17") if ";" not in stack]
    assert overlapping == [(20 * MS, 60 * MS), (60 * MS, 90 * MS)]


def test_memory_stays_bounded(peak, long_run):
    assert peak(speedscope, long_run) < 16e6


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """The folder of speedscope and ajv, as npm installs them."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("needs node and npm")
    folder = tmp_path_factory.mktemp("npm")
    install = ["npm", "install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", "speedscope", "ajv"]
    if subprocess.run(install, cwd=folder, capture_output=True).returncode:
        pytest.skip("npm cannot install speedscope and ajv")
    return folder


def test_schema_accepts_it(exported, packages, empty_run, odd_run):
    for name, run in (("sample", sample()), ("empty", empty_run), ("odd", odd_run)):
        (packages / name).write_bytes(exported(speedscope, run))
    (packages / "broken").write_text('{"$schema": "", "profiles": [{}]}')
    check = ["node", "-e", CHECK, "sample", "empty", "odd", "broken"]
    result = subprocess.run(check, cwd=packages, capture_output=True, text=True, check=True)
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["broken"]


class Speedscope(Tab):
    """speedscope itself, with a file in it."""

    def __init__(self, browser, packages, file):
        super().__init__(browser, packages / "node_modules/speedscope/dist/release/index.html")
        self.until("document.querySelector('input[type=file]')")
        document = self.call("DOM.getDocument")["root"]["nodeId"]
        choice = self.call("DOM.querySelector", nodeId=document, selector="input[type=file]")
        self.call("DOM.setFileInputFiles", nodeId=choice["nodeId"], files=[str(file)])

    def until(self, condition):
        assert self.evaluate(UNTIL % (condition, condition)), condition


@pytest.mark.parametrize(
    ("name", "shown"), [("sample", "MainThread (1/3)"), ("odd", "MainThread"), ("broken", "")], ids=str
)
def test_speedscope_imports_it(exported, browser, packages, tmp_path, odd_run, name, shown):
    file = tmp_path / f"{name}.json"
    data = {"sample": sample, "odd": lambda: odd_run}
    file.write_bytes(exported(speedscope, data[name]()) if shown else b'{"profiles": []}')
    tab = Speedscope(browser, packages, file)
    if shown:
        tab.until("document.title.endsWith(' - speedscope')")
        tab.until(f"document.body.innerText.includes({json.dumps(shown)})")
    else:
        browser.wait_for("Page.javascriptDialogOpening", tab.session)
        tab.call("Page.handleJavaScriptDialog", accept=True)
