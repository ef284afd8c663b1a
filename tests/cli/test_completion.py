"""The completion scripts, asked by the shells themselves: keys pressed in a terminal, and fish's `complete -C`."""

import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import termios
import time
from importlib import import_module

import click
import pytest
from run_files import make

from ocoro.cli import completion
from ocoro.cli.complete.described import described
from ocoro.cli.errors import UsageError
from ocoro.cli.main import COMMANDS
from ocoro.cli.options import OPTIONS

TABLE = {name: f"ocoro.cli.{name}" for name in ("run", "runs", "stats", "trace", "top", "dump", "completion")}
LIMIT = 30  # seconds that a shell may take to answer
SLOW_TO_IMPORT = {"click", "rich", "json", "re", "typing", "dataclasses", "pkgutil", "inspect"}

# What is typed, and the last word when TAB was pressed behind it: there is only one possibility.
UNIQUE = [
    ("ocoro comp", "completion"),
    ("ocoro completion fi", "fish"),
    ("ocoro run --quie", "--quiet"),
    ("ocoro run --report ta", "table"),
    ("ocoro run --report=ta", "--report=table"),
    ("ocoro run --no-hook tim", "time"),
    ("ocoro run --quiet cra", "crawl.py"),
    ("ocoro run --python /bin/sh -u cra", "crawl.py"),
    ("ocoro run --trace=1M cra", "crawl.py"),
    ("ocoro run -m zeb", "zebra"),
    ("ocoro run -m zebra.in", "zebra.inner"),
    ("ocoro run crawl.py dat", "data file.txt"),
    ("ocoro run -m zebra dat", "data file.txt"),
    ("ocoro stats 20261123T10", "20261123T101500-work-1"),
    ("ocoro stats --against la", "last"),
    ("ocoro stats --against=20261123T11", "--against=20261123T111500-serve-2"),
    ("ocoro stats --json 20261123T11", "20261123T111500-serve-2"),
    ("ocoro runs last 20261123T11", "20261123T111500-serve-2"),
    ("ocoro top --sort num", "number"),
    ("ocoro dump --js", "--json"),
    ("ocoro dump 20261123T10", "20261123T101500-work-1"),
    ("ocoro top 20261123T10 --onc", "--once"),
    ("ocoro trace --export=chr", "--export=chrome"),
    ("ocoro trace --strings 5 20261123T10", "20261123T101500-work-1"),
    ("ocoro trace --slower-than 1ms --no-hook tim", "time"),
    ("ocoro trace --strace cra", "crawl.py"),
    ("ocoro trace -m zebra dat", "data file.txt"),
    ("./bin/ocoro stats la", "last"),
]
NOTHING = [
    "ocoro run crawl.py --quie",
    "ocoro run -m zebra --quie",
    "ocoro stats cra",
    "ocoro stats --since cra",
    "ocoro nothing cra",
    "ocoro top --interval la",
]

PROGRAM = f"""#!{sys.executable}
import sys
if sys.argv[1:2] == ["completion"] and sys.argv[2:] and sys.argv[2].startswith("--"):
    from ocoro.cli.completion import main
    main(sys.argv[2:])
else:
    import json
    print("<" + json.dumps(sys.argv[1:]) + ">")
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a script, a package, a file and two runs, and an `ocoro` that completes or shows its arguments."""
    folder = tmp_path_factory.mktemp("place")
    make(folder / "runs", "20261123T101500-work-1", 1)
    make(folder / "runs", "20261123T111500-serve-2", 2)
    make(folder / "runs", "20261123T111500-serve-2.3", 3)
    for name in ("zebra/inner", "bin"):
        (folder / name).mkdir(parents=True)
    for name in ("crawl.py", "data file.txt", "zebra/__init__.py", "zebra/inner/__init__.py"):
        (folder / name).touch()
    for name in completion.SHELLS:
        (folder / f"completion.{name}").write_text(completion.script(name, TABLE))
    (folder / "bin" / "ocoro").write_text(PROGRAM)
    (folder / "bin" / "ocoro").chmod(0o755)
    return folder


def environment(place):
    more = {"OCORO_DIR": "runs", "HOME": str(place), "PATH": f"{place}/bin:{os.environ['PATH']}"}
    return os.environ | more | {"TERM": "dumb", "LC_ALL": "C.UTF-8"}


def needed(name):
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed (Debian package {name})")


SHELLS = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"]}
SETTINGS = {
    "bash": "bind 'set bell-style none'",
    "zsh": "unsetopt beep prompt_sp; autoload -Uz compinit; compinit -u -D",
}


class Shell:
    """An interactive shell in a terminal, with the completion script loaded."""

    def __init__(self, name, place):
        needed(name)
        self.master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (50, 300))
        self.process = subprocess.Popen(
            SHELLS[name],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=place,
            env=environment(place),
            start_new_session=True,
        )
        os.close(slave)
        self.text = ""
        os.write(self.master, f"{SETTINGS[name]}; source ./completion.{name}; ocoro ready\n".encode())
        assert self.answer() == ["ready"]

    def answer(self):
        """The arguments that `ocoro` was called with."""
        end = time.monotonic() + LIMIT
        while not (found := re.search(r"<(\[.*?\])>", self.text)):
            ready, _, _ = select.select([self.master], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"no answer in {self.text!r}"
            self.text += os.read(self.master, 65536).decode()
        self.text = self.text[found.end() :]
        return json.loads(found[1])

    def completed(self, typed):
        """The last word of the line when TAB was pressed behind what was typed."""
        os.write(self.master, f"{typed}\t\n".encode())
        return self.answer()[-1]

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)


@pytest.fixture(scope="module", params=SHELLS)
def shell(request, place):
    shell = Shell(request.param, place)
    yield shell
    shell.close()


@pytest.mark.parametrize(("typed", "expected"), UNIQUE)
def test_shell_completes(shell, typed, expected):
    assert shell.completed(typed) == expected


@pytest.mark.parametrize("typed", NOTHING)
def test_shell_completes_nothing_wrong(shell, typed):
    assert shell.completed(typed) == typed.split()[-1]


def fish_offers(place, typed):
    needed("fish")
    code = "source completion.fish; complete -C $argv[1]"
    command = ["fish", "--no-config", "-c", code, typed]
    done = subprocess.run(command, capture_output=True, text=True, cwd=place, env=environment(place), timeout=LIMIT)
    assert done.stderr == ""
    return [line.partition("\t")[0] for line in done.stdout.splitlines()]


@pytest.mark.parametrize(("typed", "expected"), UNIQUE)
def test_fish_completes(place, typed, expected):
    assert fish_offers(place, typed) == [expected]


@pytest.mark.parametrize("typed", NOTHING)
def test_fish_completes_nothing_wrong(place, typed):
    assert fish_offers(place, typed) == []


# What the names of files, folders and runs may hold: nothing of it is obeyed, whichever shell asks.
COMMAND = "touch OBEYED"
HOSTILE = {
    "substitution": f"$({COMMAND})",
    "backquotes": f"`{COMMAND}`",
    "end": f"; {COMMAND};",
    "background": f"& {COMMAND} &",
    "quotes": f"' \" $({COMMAND})",
    "backslash": f"\\$({COMMAND}) \\",
    "variable": "$HOME ${HOME}",
    "process": f"<({COMMAND}) >OBEYED",
    "pattern": "* ? [a-z] {a,b}",
    "arithmetic": f"$((x[$({COMMAND})]))",
    "escape": "\x1b]0;title\x07",
    "history": "!! !x",
    "unicode": "naïve 例",
}
SEVERAL_LINES = f"lines\n$({COMMAND})\nend"


@pytest.fixture(scope="module")
def trap(place, tmp_path_factory):
    """A folder in which files, folders and runs have such names; what obeys one leaves a file there."""
    folder = tmp_path_factory.mktemp("trap")
    shutil.copytree(place / "bin", folder / "bin")
    for name in completion.SHELLS:
        shutil.copy(place / f"completion.{name}", folder)
    make(folder / "runs", "20261123T101500-work-1", 1)
    (folder / "runs" / "folder").mkdir()
    for number, text in enumerate((*HOSTILE.values(), SEVERAL_LINES), 2):
        make(folder / "runs", f"20261123T101500-{text}-{number}", number)
    for name, text in {**HOSTILE, "lines": SEVERAL_LINES}.items():
        (folder / f"{name} {text}").touch()
    inner = folder / HOSTILE["substitution"]
    inner.mkdir()
    (inner / "inside").touch()
    shutil.copy(place / "bin" / "ocoro", inner)
    return folder


@pytest.fixture(scope="module", params=SHELLS)
def trapped(request, trap):
    """A shell in that folder."""
    shell = Shell(request.param, trap)
    yield shell
    shell.close()


def is_obeyed(trap):
    return any(path.name == "OBEYED" for path in trap.rglob("*"))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_name_of_a_file_is_completed_as_it_is(trapped, trap, name):
    assert trapped.completed(f"ocoro run work.py {name}") == f"{name} {HOSTILE[name]}"
    assert not is_obeyed(trap)


@pytest.mark.parametrize(
    ("typed", "last"),
    [
        ("ocoro stats ", None),
        ("ocoro stats 2026", "20261123T101500-work-1"),
        ("ocoro stats '2026", None),
        ("ocoro trace 2026", "20261123T101500-work-1"),
        ("ocoro run -m $(touch", None),
        (r"ocoro run work.py \$\(touch\ OBEYED\)/in", f"{HOSTILE['substitution']}/inside"),
        (r"ocoro run work.py lines\ \$", None),
        (r"ocoro run -m \$\(touch\ OBEYED\)/.in", None),
        (r"ocoro \$\(touch\ OBEYED\) la", None),
        (r"ocoro a]\$\(touch\ OBEYED\) la", None),
        (r"./\$\(touch\ OBEYED\)/ocoro stats 2026", None),
    ],
)
def test_hostile_names_of_runs_and_folders_are_not_obeyed(trap, trapped, typed, last):
    if last is None:  # it is no whole command, or there is more than one possibility: press TAB, then give the line up
        os.write(trapped.master, f"{typed}\t\t\x15ocoro given up\n".encode())
        assert trapped.answer() == ["given", "up"]
    else:
        assert trapped.completed(typed) == last
    assert not is_obeyed(trap)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("ocoro stats ", ["last", "20261123T101500-work-1"]),
        ("ocoro run work.py substitution", [f"substitution {HOSTILE['substitution']}"]),
        (r"./\$\(touch\ OBEYED\)/ocoro stats la", ["last"]),
        ("'./$(touch OBEYED)/ocoro' stats la", ["last"]),
        (r"ocoro run -m \$\(touch\ OBEYED\)/.in", []),
    ],
)
def test_fish_obeys_no_name(trap, typed, offered):
    assert fish_offers(trap, typed) == offered
    assert not is_obeyed(trap)


@pytest.mark.parametrize("name", completion.SHELLS)
def test_script_is_accepted_by_its_shell(name, place):
    needed(name)
    done = subprocess.run([name, "-n", f"completion.{name}"], cwd=place, capture_output=True, text=True, timeout=LIMIT)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


@pytest.mark.parametrize("name", completion.SHELLS)
def test_script_of_the_real_table_has_every_option(name, capsys):
    assert completion.main([name]) == 0
    text = capsys.readouterr().out
    for command, module in COMMANDS.items():
        assert command in text
        for each in import_module(module).command().params:
            if isinstance(each, click.Option):
                long = each.opts[-1]
                assert (f"-l {long[2:]} " if name == "fish" else long) in text


def test_values_are_told_from_the_metavar():
    commands = {command.name: command for command in described(TABLE)}
    values = {name: option.value for name in commands for option in commands[name].options for name in option.names}
    run = {name: option.value for option in commands["run"].options for name in option.names}
    assert {name for option in OPTIONS for name in [f"--{option.name}"]} <= set(run)
    assert run["--report"].words == ("auto", "table", "line", "none")
    assert (run["--quiet"], run["--trace"], run["--output"].kinds) == (None, None, ("files",))
    assert "time" in run["--no-hook"].words
    assert run["--offload"].kinds == ("modules",)
    assert values["--against"].kinds == ("runs",)
    assert commands["run"].has_target
    assert (commands["trace"].has_target, commands["trace"].argument.kinds) == (True, ("files", "runs"))
    assert not commands["stats"].has_target
    assert (commands["runs"].is_repeatable, commands["top"].is_repeatable) == (True, False)


def test_names_are_the_newest_first(place, monkeypatch, capsys):
    monkeypatch.setenv("OCORO_DIR", str(place / "runs"))
    assert completion.main(["--names"]) == 0
    assert capsys.readouterr().out.split() == ["last", "20261123T111500-serve-2", "20261123T101500-work-1"]


def test_modules_are_found_without_importing_them(tmp_path):
    for name in ("a_one.py", "a_two.txt", "_three.py", "a_pack/__init__.py", "a_folder/x.py", "a_pack/in.py", "a-b.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("raise SystemExit('imported')")
    folders = [str(tmp_path), str(tmp_path / "none")]
    assert sorted(completion.modules("a", folders)) == ["a_one", "a_pack"]
    assert sorted(completion.modules("", folders)) == ["a_one", "a_pack"]
    assert list(completion.modules("_t", folders)) == ["_three"]
    assert list(completion.modules("a_pack.i", folders)) == ["a_pack.in"]
    assert list(completion.modules("a_none.", folders)) == []


def test_questions_of_the_shell_are_answered_without_click(place):
    code = (
        "import sys; before = set(sys.modules); from ocoro.cli.completion import main;"
        " main(['--names']); main(['--modules=zeb']); print(*set(sys.modules) - before, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=place, env=environment(place), timeout=LIMIT
    )
    assert "zebra" in done.stdout.split()
    assert not SLOW_TO_IMPORT & set(done.stderr.split())


@pytest.mark.parametrize("arguments", [[], ["tcsh"], ["bash", "zsh"], ["--walk"]])
def test_unknown_shell_is_refused(arguments):
    with pytest.raises(UsageError):
        completion.main(arguments)


def test_help_says_where_the_script_goes(capsys):
    assert completion.main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(f"ocoro completion {name}" in text for name in completion.SHELLS)
