"""The door into an interpreter opens once, only when asked, and lets no program run without ocoro unnoticed."""

import os
import site
import sys
import types

import pytest

from ocoro import startup


@pytest.fixture
def boots(monkeypatch):
    """A list that grows with each boot; boot itself is replaced."""
    calls = []
    stand_in = types.ModuleType("ocoro.hooks.boot")
    stand_in.boot = lambda: calls.append(os.environ["OCORO_BOOT"])
    monkeypatch.setitem(sys.modules, "ocoro.hooks.boot", stand_in)
    monkeypatch.setattr(startup, "_started", False)
    return calls


def test_start_boots_only_when_asked(boots, monkeypatch):
    monkeypatch.delenv("OCORO_BOOT", raising=False)
    startup.start()
    assert boots == []


def test_start_boots_once(boots, monkeypatch):
    monkeypatch.setenv("OCORO_BOOT", "data")
    startup.start()
    startup.start()
    assert boots == ["data"]


def test_followed_child_is_hooked_and_reports(ocoro, interpreter):
    child = "import time; from ocoro.hooks import patch; print(patch.is_installed(time.sleep))"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    followed = ocoro("--follow", "--report=line", "-c", code, interpreter=interpreter)
    assert (followed.out, followed.status, followed.err.count("ocoro: wall")) == ("True\n", 0, 2)


def test_failed_boot_ends_the_interpreter(python, interpreter):
    result = python("-c", "print('unhooked')", interpreter=interpreter, env={**os.environ, "OCORO_BOOT": "not JSON"})
    labels = [line.partition(": ")[0] for line in result.err.splitlines()]
    assert (result.out, labels, result.status) == ("", ["error", "cause", "hint"], 2)


def test_start_line_is_found_where_site_reads(monkeypatch, tmp_path):
    monkeypatch.setattr(site, "getsitepackages", lambda: [str(tmp_path / "all")])
    monkeypatch.setattr(site, "getusersitepackages", lambda: str(tmp_path))
    monkeypatch.setattr(site, "ENABLE_USER_SITE", True)
    assert not startup.is_reached()
    (tmp_path / "ocoro.pth").touch()
    assert startup.is_reached()
    assert not startup.is_reached(user_site=False)
    monkeypatch.setattr(site, "ENABLE_USER_SITE", False)
    assert not startup.is_reached()
