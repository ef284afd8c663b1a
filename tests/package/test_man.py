"""The man pages are well-formed and name the options and variables that there are."""

import importlib
import re
import shutil
import subprocess
from pathlib import Path
from struct import Struct

import click
import pytest

from ocoro.cli.group import group
from ocoro.cli.main import COMMANDS
from ocoro.runtime.layout import (
    ASKED,
    BLOCK,
    COROUTINE,
    COROUTINES,
    EVENT,
    EVENTS,
    HEADER,
    PLACE,
    REQUEST,
    SITES,
    SUMS,
    TEXTS,
    TOTAL,
    TOTALS,
)

TYPES = {"H": "u16", "I": "u32", "Q": "u64", "i": "i32", "q": "i64", "d": "f64"}
STRUCTS = [
    ("Header", HEADER),
    ("Head of a block", BLOCK),
    ("Sums of the run", TOTAL),
    ("Sums of a site", Struct(PLACE.format + SUMS.format[1:])),
    ("Coroutines", COROUTINE),
    ("Requests", REQUEST),
    ("Events", EVENT),
]
PAGES = Path(__file__).resolve().parents[2] / "man"
OTHER_VARIABLES = (
    "NO_COLOR",
    "FORCE_COLOR",
    "OCORO_BOOT",
    "OCORO_DIR",
    "OCORO_PURE_PYTHON",
    "XDG_STATE_HOME",
    "TERM",
)  # of no option


def documented(page, section, macro):
    """The first argument of each tagged item that begins with the macro, in the order of the page."""
    body = (PAGES / page).read_text().partition(f"\n.Sh {section}\n")[2].partition("\n.Sh ")[0]
    return re.findall(rf"^\.It {macro} ([\w-]+)", body, re.MULTILINE)


def options(command):
    """The names of click's own options, --help among them."""
    parameters = command.get_params(click.Context(command))
    long = [name for each in parameters if isinstance(each, click.Option) for name in each.opts if name[:2] == "--"]
    return [name.removeprefix("--") for name in long]


def variables(command):
    return [each.envvar for each in command.params if each.envvar]


def described(name):
    return importlib.import_module(COMMANDS[name]).command()


def test_every_command_has_a_page():
    pages = {path.name for path in PAGES.iterdir()}
    assert pages == {"ocoro.1", "ocoro.5", *(f"ocoro-{name}.1" for name in COMMANDS)}


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
    assert [each for each in named if each not in OTHER_VARIABLES] == variables(described(name))


def test_format_page_names_every_kind_of_block():
    named = documented("ocoro.5", "BLOCKS", "Li")
    assert named == [tag.decode() for tag in (TOTALS, TEXTS, SITES, COROUTINES, ASKED, EVENTS)]


@pytest.mark.parametrize(("title", "struct"), STRUCTS)
def test_format_page_gives_every_field_its_place(title, struct):
    """The first two columns of the table: offset and type."""
    text = (PAGES / "ocoro.5").read_text()
    rows = re.findall(r"^\.It (\d+) Ta (\w+)", text.partition(f".Ss {title}\n")[2].partition("\n.S")[0], re.MULTILINE)
    assert [(int(offset), kind) for offset, kind in rows] == list(fields(struct))


def fields(struct):
    """The offset and type of each field, in the page's words."""
    offset = 0
    for count, letter in re.findall(r"(\d*)([a-zA-Z])", struct.format):
        for _ in range(1 if letter == "s" else int(count or 1)):
            yield offset, TYPES.get(letter, f"char{count}")
            offset += Struct(f"<{count if letter == 's' else ''}{letter}").size


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


def test_examples_of_the_format_page_read_a_recording(ocoro, python, tmp_path):
    code = "import os, time\nos.write(1, b'12345')\nfor _ in range(2): time.sleep(0.005)"
    assert ocoro("--quiet", "-o", "run.ocoro", "-c", code, cwd=tmp_path).status == 0
    page = (PAGES / "ocoro.5").read_text().partition(".Sh EXAMPLES")[2]
    examples = re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed$", page, re.MULTILINE | re.DOTALL)
    done = python("-c", "\n".join(examples).replace(r"\e", "\\"), cwd=tmp_path)
    assert (len(examples) >= 5, done.err) == (True, "")
    for words in ("version 1 process ", " TOTL ", "idle 0.", "sleep 0 2 0 0 <string>:3", "write 1 0 0 5 <string>:2"):
        assert words in done.out
    assert len(re.findall(r"^coroutine 1 at site \d+ waited \d", done.out, re.MULTILINE)) == 2
