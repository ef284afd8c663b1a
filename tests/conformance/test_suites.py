"""Third-party suites: what our pytest plugin writes down, which files are chosen, and where they run."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import replace
from textwrap import dedent

import pytest
from interpreters import REPOSITORY, Interpreter

from conformance import __main__ as command
from conformance import nest as nests
from conformance import process
from conformance.nest import Nest, UnavailableError, nest
from conformance.process import Module, run_module
from conformance.suites import SUITES, Suite

CASES = """
    import os, signal, threading, pytest

    def test_passes(capsys):
        os.fork() or os._exit(0)
        assert "PYTHONPATH" not in os.environ

    def test_fails():
        assert [1] == [2]

    @pytest.mark.parametrize("word", ["a b"])
    def test_parameters(word):
        pass

    def test_skips():
        pytest.skip("because")

    @pytest.mark.xfail
    def test_expected():
        assert False

    @pytest.mark.xfail
    def test_not_expected():
        pass

    @pytest.fixture
    def broken():
        raise KeyError("key")

    def test_has_no_fixture(broken):
        pass

    def test_crashes():
        os.kill(os.getpid(), signal.SIGKILL)

    def test_hangs():
        threading.Event().wait()
"""
SUITE = Suite("one", "one==1", files=("tests/**/test_*.py",), without=("*/test_network.py",))


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A nest as pip would have left it, whose python is the one that runs this."""
    monkeypatch.setattr(process, "PATIENCE", 3.0)
    monkeypatch.setattr(process, "_STACKS_TAKE", 0.5)
    made = Nest(SUITE, tmp_path / "one")
    for path in ("bin", "lib/python3.13/site-packages", "tests/one-1/tests/deep"):
        (made.home / path).mkdir(parents=True)
    (made.home / "bin" / "python").symlink_to(sys.executable)
    for path in ("test_a.py", "test_network.py", "helper.py", "deep/test_b.py"):
        (made.root / "tests" / path).touch()
    return made


def run(made: Nest, text: str) -> dict[str, process.Outcome]:
    (made.root / "tests" / "test_a.py").write_text(dedent(text))
    [module] = made.modules(["one/test_a"], ())
    return dict(run_module([sys.executable], module))


def test_every_case_has_its_outcome(made):
    outcomes = run(made, CASES)
    found = {case.removeprefix("one/tests/test_a.py::test_"): outcome.outcome for case, outcome in outcomes.items()}
    assert found == {
        "passes": "ok",
        "fails": "fail",
        "parameters[a_b]": "ok",
        "skips": "skip",
        "expected": "expected",
        "not_expected": "ok",
        "has_no_fixture": "error",
        "crashes": "crashed",
        "hangs": "hung",
        "one/tests/test_a.py (exit)": "ok",
    }
    assert "assert [1] == [2]" in outcomes["one/tests/test_a.py::test_fails"].line
    assert "in test_hangs" in outcomes["one/tests/test_a.py::test_hangs"].error


def test_a_file_that_cannot_be_imported(made):
    outcomes = run(made, "import no_such_module")
    assert outcomes["one/tests/test_a.py"].outcome == "error"
    assert "no_such_module" in outcomes["one/tests/test_a.py"].error


def test_a_module_holds_its_cases():
    module = Module("one/test_a.py")
    assert module.holds("one/test_a.py::test_x")
    assert module.holds("one/test_a.py (exit)")
    assert not module.holds("one/test_a.pyx::test_x")


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        ("one/", ["tests/deep/test_b.py", "tests/test_a.py"]),
        ("*/", ["tests/deep/test_b.py", "tests/test_a.py"]),
        ("one/test_a", ["tests/test_a.py"]),
        ("one/deep/*.py", ["tests/deep/test_b.py"]),
        ("one/test_network.py", []),
    ],
)
def test_names_of_files(made, name, paths):
    assert SUITE.chosen(name)
    assert SUITE.paths(made.root, [name]) == paths


def test_names_of_other_suites():
    assert not SUITE.chosen("other/test_a.py")


def test_a_nest_is_made_once(made, monkeypatch):
    calls = []
    monkeypatch.setattr(nests, "_make", lambda made, python: calls.append(made) or made.site_packages)
    monkeypatch.setattr(nests.shutil, "rmtree", lambda path, **how: None)
    for suite in (SUITE, SUITE, replace(SUITE, requirement="one==2")):
        with nest(suite, sys.executable, made.home.parent) as here:
            assert (here.site_packages / "ocoro.pth").exists()
            assert (here.home / "checkout" / "ocoro").resolve() == (REPOSITORY / "ocoro").resolve()
    assert [each.suite.requirement for each in calls] == ["one==1", "one==2"]


def test_pip_says_why_there_is_no_nest(tmp_path):
    failing = tmp_path / "python"
    failing.write_text("#!/bin/sh\necho ERROR: no such thing\nexit 1\n")
    failing.chmod(0o755)
    with pytest.raises(UnavailableError, match="no such thing"), nest(SUITE, str(failing), tmp_path):
        pass


def test_what_cannot_run_is_said_to_be_skipped(made, monkeypatch, capsys):
    @contextlib.contextmanager
    def missing(python, root):
        pytest.skip("no-such-server is not installed")
        yield ()

    @contextlib.contextmanager
    def find(suite, python, folder):
        if suite.name == "two":
            raise UnavailableError("pip says no")
        yield made

    monkeypatch.setattr(command, "SUITES", (replace(SUITE, server=missing), replace(SUITE, name="two")))
    monkeypatch.setattr(command, "nest", find)
    interpreter = Interpreter(sys.executable, "3.N", ready=False)
    assert command.of_suites(interpreter, ["*/"], made.home, fresh=False) == []
    assert capsys.readouterr().err.splitlines() == [
        "3.N one: skipped, no-such-server is not installed",
        "3.N two: skipped, pip says no",
    ]


def test_suites_are_pinned_and_named_once():
    assert len({suite.name for suite in SUITES}) == len(SUITES)
    assert all("==" in suite.requirement for suite in SUITES)
