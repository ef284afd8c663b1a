"""The man pages are well-formed and name the options and variables that there are."""

import importlib
import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from ocoro.cli.group import group
from ocoro.cli.main import COMMANDS

PAGES = Path(__file__).resolve().parents[2] / "man"


def documented(page, section, macro):
    """The first argument of each tagged item that begins with the macro, in the order of the page."""
    text = (PAGES / page).read_text()
    body = re.search(rf"^\.Sh {section}\n(.*?)^\.Sh ", text, re.MULTILINE | re.DOTALL)[1]
    return re.findall(rf"^\.It {macro} ([\w-]+)", body, re.MULTILINE)


def options(command):
    """The names of click's own options, --help among them."""
    parameters = command.get_params(click.Context(command))
    return [each.opts[0].removeprefix("--") for each in parameters if isinstance(each, click.Option)]


def variables(command):
    return [each.envvar for each in command.params if each.envvar]


def described(name):
    return importlib.import_module(COMMANDS[name]).command()


def test_every_command_has_a_page():
    pages = {path.name for path in PAGES.iterdir()}
    assert pages == {"ocoro.1", *(f"ocoro-{name}.1" for name in COMMANDS)}


def test_main_page_lists_every_command():
    assert documented("ocoro.1", "COMMANDS", "Cm") == list(COMMANDS)


def test_main_page_names_the_options_that_there_are():
    assert documented("ocoro.1", "OPTIONS", "Fl Fl") == options(group)


@pytest.mark.parametrize("name", COMMANDS)
def test_page_names_the_options_that_there_are(name):
    assert documented(f"ocoro-{name}.1", "OPTIONS", "Fl Fl") == options(described(name))


@pytest.mark.parametrize("name", COMMANDS)
def test_page_names_the_variables_that_there_are(name):
    named = documented(f"ocoro-{name}.1", "ENVIRONMENT", "Ev")
    assert [each for each in named if each not in ("NO_COLOR", "OCORO_BOOT")] == variables(described(name))


@pytest.mark.parametrize("page", sorted(path.name for path in PAGES.iterdir()))
def test_page_is_without_warnings(page):
    command = next(filter(None, map(_checker, ("groff", "mandoc"))), None)
    if command is None:
        pytest.skip("neither groff nor mandoc is installed (Debian packages groff-base, mandoc)")
    done = subprocess.run([*command, PAGES / page], capture_output=True, text=True, timeout=60)
    assert (done.stderr, done.returncode) == ("", 0)


def _checker(program):
    flags = {"groff": ["-mandoc", "-wall", "-Tutf8", "-z"], "mandoc": ["-T", "lint", "-W", "warning"]}
    return [program, *flags[program]] if shutil.which(program) else None
