"""The runner of the conformance tests: whatever a case does, the others have their results."""

from __future__ import annotations

import os
import select
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from conformance import exceptions, process
from conformance.__main__ import losses, unneeded
from conformance.catalogue import Library
from conformance.plain import Plain
from conformance.process import Module, Outcome, run_module
from conformance.table import table
from conformance.verdict import Verdict, compare

MODULE = """
    import os, signal, subprocess, sys, threading, unittest

    class Cases(unittest.TestCase):
        def test_passes(self):
            os.fork() or os._exit(0)
        def test_fails(self):
            self.assertEqual(1, 2)
        def test_raises(self):
            raise KeyError("key")
        def test_part_fails(self):
            with self.subTest(1):
                self.fail("part")
        @unittest.skip("because")
        def test_skips(self):
            pass
        @unittest.expectedFailure
        def test_expected(self):
            self.fail("known")
        @unittest.expectedFailure
        def test_unexpected(self):
            pass
        def test_crashes(self):
            os.kill(os.getpid(), signal.SIGKILL)
        def test_hangs(self):
            threading.Event().wait()

    class Fixture(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            raise OSError("no fixture")
        def test_never_runs(self):
            pass
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    """`module(name, text)` writes a test module; returns the command of a python that finds it."""
    monkeypatch.setattr(process, "PATIENCE", 1.5)
    monkeypatch.setattr(process, "_STACKS_TAKE", 0.5)

    def module(name, text):
        (tmp_path / f"{name}.py").write_text(dedent(text))
        return ["env", f"PYTHONPATH={tmp_path}", sys.executable]

    return module


def test_every_case_has_its_outcome(module):
    outcomes = run_module(module("sample", MODULE), Module("sample"))
    found = {case.removeprefix("sample.Cases.test_"): outcome.outcome for case, outcome in outcomes.items()}
    assert found == {
        "passes": "ok",
        "fails": "fail",
        "raises": "error",
        "part_fails": "fail",
        "skips": "skip",
        "expected": "expected",
        "unexpected": "unexpected",
        "crashes": "crashed",
        "hangs": "hung",
        "setUpClass (sample.Fixture)": "error",
        "sample (exit)": "ok",
    }
    assert "KeyError" in outcomes["sample.Cases.test_raises"].line
    assert "in test_hangs" in outcomes["sample.Cases.test_hangs"].error


def test_a_process_that_does_not_end_loses_its_end_only(module):
    text = """
        import threading, unittest
        class Cases(unittest.TestCase):
            def test_leaves_a_thread(self):
                threading.Thread(target=threading.Event().wait).start()
    """
    outcomes = run_module(module("endless", text), Module("endless"))
    assert {case: outcome.outcome for case, outcome in outcomes.items()} == {
        "endless.Cases.test_leaves_a_thread": "ok",
        "endless (exit)": "hung",
    }


def test_what_a_case_leaves_running_is_ended(module, tmp_path):
    text = f"""
        import subprocess, unittest
        class Cases(unittest.TestCase):
            def test_leaves_a_daemon(self):
                process = subprocess.Popen(["sleep", "600"], start_new_session=True)
                open({str(tmp_path / "pid")!r}, "w").write(str(process.pid))
    """
    run_module(module("leaving", text), Module("leaving"))
    try:
        daemon = os.pidfd_open(int((tmp_path / "pid").read_text()))
    except ProcessLookupError:
        return
    ended = select.select([daemon], [], [], 30)[0]
    os.close(daemon)
    assert ended


def test_module_that_cannot_be_imported(module):
    outcomes = run_module(module("broken", "import broken.no_such"), Module("broken"))
    assert outcomes["broken"].outcome == "error"


def test_compare_takes_plain_python_for_right(module, tmp_path):
    text = """
        import os, unittest
        class Cases(unittest.TestCase):
            def test_kept(self): pass
            def test_lost(self): self.assertNotIn("UNDER_TEST", os.environ)
            def test_bad_anyway(self): self.fail()
            def test_bad_in_the_second_run(self):
                self.assertNotIn("UNDER_TEST", os.environ)
                self.assertFalse(os.path.exists(SECOND))
                if os.path.exists(FIRST): open(SECOND, "w")
                open(FIRST, "w")
        FIRST, SECOND = __file__ + ".first", __file__ + ".second"
        class Alike(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                if "UNDER_TEST" in os.environ: raise OSError("no fixture")
            def test_of_fixture(self): pass
    """
    command = module("both", text.replace("if os.path.exists(FIRST): ", ""))
    plain = Plain(command[-1], "key", tmp_path / "cache")
    plain._python = str(tmp_path / "python")
    Path(plain._python).write_text(f'#!/bin/sh\nexec {" ".join(command)} "$@"\n')
    Path(plain._python).chmod(0o755)
    verdict = compare(plain, ["env", "UNDER_TEST=1", *command[1:]], Module("both"))
    assert sorted(verdict.lost) == ["both.Alike.test_of_fixture", "both.Cases.test_lost"]
    assert "no fixture" in verdict.lost["both.Alike.test_of_fixture"].line
    assert (verdict.passed, verdict.kept) == (4, 2)
    assert plain.run(Module("both"))["both.Cases.test_kept"].passed


def test_exceptions_are_read():
    known = exceptions.read("# comment\n\na.B.c  needs 2 threads\na.D.*  [x] y\na (exit) [3.12 3.13]  slow\n")
    assert [(each.case, each.versions, each.reason) for each in known] == [
        ("a.B.c", (), "needs 2 threads"),
        ("a.D.*", (), "[x] y"),
        ("a (exit)", ("3.12", "3.13"), "slow"),
    ]
    assert known[1].covers("a.D.e", "3.11")
    assert not known[2].covers("a (exit)", "3.11")


@pytest.mark.parametrize("line", ["a.B.c", "a.B.c ", "a.B.c reason", "a.B.c [3.11]"])
def test_a_line_without_a_reason_is_refused(line):
    with pytest.raises(ValueError, match="line 1 "):
        exceptions.read(line)


def test_proposed_lines_want_a_reason():
    proposed = exceptions.proposed([("3.11", "a.B.c"), ("3.12", "a.B.c")])
    assert proposed == "a.B.c [3.11 3.12]\n"
    with pytest.raises(ValueError, match="line 1 "):
        exceptions.read(proposed)


def test_losses_and_exceptions_that_are_not_needed():
    hung = Outcome("hung", 60.0, "said nothing")
    verdict = Verdict(Module("m"), 3, lost={"m.A.x": hung, "m.A.y": hung}, unsteady={"m.A.z": hung})
    exempt = exceptions.read("m.A.x  reason\nm.A.gone  reason\nother.B  reason")
    lost = list(losses({"3.11": [verdict]}, exempt))
    assert [loss.case for loss in lost] == ["m.A.x", "m.A.y", "m.A.z"]
    assert [loss.kind for loss in lost] == ["excepted", "lost", "unsteady"]
    assert [each.case for each in unneeded({"3.11": [verdict]}, lost, exempt)] == ["m.A.gone"]
    assert table("3.11", [verdict]).splitlines()[1].split() == ["m", "3", "1", "2", "2", "1"]


def test_names_of_modules(tmp_path):
    for path in ("test_one.py", "test_two/__init__.py", "test_two/test_a.py", "test_deep/__init__.py"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).touch()
    (tmp_path / "test_deep" / "inner").mkdir()
    (tmp_path / "test_deep" / "inner" / "__init__.py").touch()
    known = Library(tmp_path)
    assert known.modules(["one", "test_*", "two.test_b"]) == [
        "test.test_one",
        "test.test_deep",
        "test.test_two.test_a",
        "test.test_two.test_b",
    ]
    assert known.modules(["nothing"]) == []


def test_module_over_shared_code_is_stood_in_for(tmp_path):
    """Where an installation has that code; not where it has the module."""
    known = Library(tmp_path)
    assert known.modules(["multiprocessing_*"]) == []
    (tmp_path / "_test_multiprocessing.py").touch()
    (tmp_path / "test_multiprocessing_fork.py").touch()
    (tmp_path / "test_multiprocessing_spawn").mkdir()
    (tmp_path / "test_multiprocessing_spawn" / "__init__.py").touch()
    assert known.modules(["multiprocessing_*"]) == [
        "test.test_multiprocessing_fork",
        "test.test_multiprocessing_spawn",
        "test.test_multiprocessing_forkserver",
    ]
