"""The arguments of `ocoro run` are taken apart by the interpreter's own rules."""

import pytest

from ocoro.cli.argv import split
from ocoro.cli.errors import UsageError

# arguments, ocoro's options, python's flags, letters, target, script
TARGETS = [
    ("x.py", [], "", "", "x.py", "x.py"),
    ("x.py --quiet -u -S", [], "", "", "x.py --quiet -u -S", "x.py"),
    ("x.py -- y", [], "", "", "x.py -- y", "x.py"),
    ("-", [], "", "", "-", None),
    ("- -m x", [], "", "", "- -m x", None),
    ("-m x --quiet", [], "", "", "-m x --quiet", None),
    ("-mx --quiet", [], "", "", "-mx --quiet", None),
    ("-um x", [], "", "u", "-um x", None),
    ("-c 1 -u", [], "", "", "-c 1 -u", None),
    ("-uBc1 x", [], "", "uB", "-uBc1 x", None),
    ("-m", [], "", "", "-m", None),
    ("-- x.py", [], "--", "", "x.py", "x.py"),
    ("-- -m", [], "--", "", "-m", "-m"),
    ("-u -- --quiet", [], "-u --", "u", "--quiet", "--quiet"),
    ("-- -", [], "--", "", "-", None),
    ("", [], "", "", "", None),
]
FLAGS = [
    ("-u x.py", [], "-u", "u", "x.py", "x.py"),
    ("-uB x.py", [], "-uB", "uB", "x.py", "x.py"),
    ("-OO -bb -q x.py", [], "-OO -bb -q", "Obq", "x.py", "x.py"),
    ("-Wd x.py", [], "-Wd", "W", "x.py", "x.py"),
    ("-W d x.py", [], "-W d", "W", "x.py", "x.py"),
    ("-Xdev x.py", [], "-Xdev", "X", "x.py", "x.py"),
    ("-X dev x.py", [], "-X dev", "X", "x.py", "x.py"),
    ("-uX dev x.py", [], "-uX dev", "uX", "x.py", "x.py"),
    ("-uXS x.py", [], "-uXS", "uX", "x.py", "x.py"),
    ("-W -S x.py", [], "-W -S", "W", "x.py", "x.py"),
    ("-X --quiet x.py", [], "-X --quiet", "X", "x.py", "x.py"),
    ("-uS x.py", [], "-uS", "uS", "x.py", "x.py"),
    ("-PIEsvbix x.py", [], "-PIEsvbix", "PIEsvbix", "x.py", "x.py"),
    ("--check-hash-based-pycs never x.py", [], "--check-hash-based-pycs never", "", "x.py", "x.py"),
    ("-V", [], "-V", "V", "", None),
    ("-h", [], "-h", "h", "", None),
    ("-?", [], "-?", "?", "", None),
    ("-W", [], "-W", "W", "", None),
]
REFUSED_BY_PYTHON = [
    ("-Z x.py", [], "", "", "-Z x.py", None),
    ("-uZ x.py", [], "", "u", "-uZ x.py", None),
    ("-u -J x.py --quiet", [], "-u", "u", "-J x.py --quiet", None),
    ("-u- x.py", [], "", "u", "-u- x.py", None),
]
OPTIONS = [
    ("--quiet x.py", [("quiet", "")], "", "", "x.py", "x.py"),
    ("--report line x.py", [("report", "line")], "", "", "x.py", "x.py"),
    ("--report=line x.py", [("report", "line")], "", "", "x.py", "x.py"),
    ("--report= x.py", [("report", "")], "", "", "x.py", "x.py"),
    ("--report --quiet x.py", [("report", "--quiet")], "", "", "x.py", "x.py"),
    ("--python=a=b x.py", [("python", "a=b")], "", "", "x.py", "x.py"),
    ("--no-hook a --no-hook=b.c x.py", [("no-hook", "a"), ("no-hook", "b.c")], "", "", "x.py", "x.py"),
    ("-u --follow -Wd --real-threads -m x", [("follow", ""), ("real-threads", "")], "-u -Wd", "uW", "-m x", None),
    ("-o run.ocoro x.py -o y", [("output", "run.ocoro")], "", "", "x.py -o y", "x.py"),
    ("-orun.ocoro x.py", [("output", "run.ocoro")], "", "", "x.py", "x.py"),
    ("-o -u x.py", [("output", "-u")], "", "", "x.py", "x.py"),
    ("-u -o a=b -B x.py", [("output", "a=b")], "-u -B", "uB", "x.py", "x.py"),
    ("--output=a --output b x.py", [("output", "a"), ("output", "b")], "", "", "x.py", "x.py"),
    ("--trace x.py", [("trace", "")], "", "", "x.py", "x.py"),
    ("--trace=1M --no-record x.py", [("trace", "1M"), ("no-record", "")], "", "", "x.py", "x.py"),
    ("--version", [("version", "")], "", "", "", None),
    ("--help x.py", [("help", "")], "", "", "x.py", "x.py"),
]


@pytest.mark.parametrize(
    ("given", "options", "flags", "letters", "target", "script"), [*TARGETS, *FLAGS, *REFUSED_BY_PYTHON, *OPTIONS]
)
def test_arguments_fall_into_parts(given, options, flags, letters, target, script):
    parts = split(given.split())
    assert (parts.options, parts.flags, parts.letters) == (options, flags.split(), set(letters))
    assert (parts.target, parts.script) == (target.split(), script)


def test_empty_arguments_are_kept():
    parts = split(["-W", "", "", ""])
    assert (parts.flags, parts.target, parts.script) == (["-W", ""], ["", ""], "")


def test_given_list_stays_as_it_is():
    given = ["-u", "--quiet", "x.py"]
    split(given)
    assert given == ["-u", "--quiet", "x.py"]


@pytest.mark.parametrize(
    ("given", "error", "hint"),
    [
        ("--qiet x.py", "there is no option --qiet", "did you mean --quiet?"),
        ("--xyzzy x.py", "there is no option --xyzzy", "put the program's own options after it"),
        ("--check-hash-based-pycs=never x.py", "there is no option --check-hash-based-pycs", "see 'ocoro run --help'"),
        ("--quiet=1 x.py", "--quiet takes no value", "write just --quiet"),
        ("--no-record=1 x.py", "--no-record takes no value", "write just --no-record"),
        ("-o", "--output needs a value", "write --output=FILE"),
        ("--output", "--output needs a value", "write --output=FILE"),
        ("--report", "--report needs a value", "write --report=auto|table|line|none"),
    ],
)
def test_misused_options_are_refused(given, error, hint):
    with pytest.raises(UsageError) as caught:
        split(given.split())
    assert caught.value.lines[0] == error
    assert hint in caught.value.lines[2]
