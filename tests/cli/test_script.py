"""Which interpreter the first lines of a console script name."""

import sys

import pytest

from ocoro.cli import script
from ocoro.cli.errors import UsageError


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes a script; `python3` on PATH is a file in the same folder."""
    (tmp_path / "python3").write_text("")
    (tmp_path / "python3").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    def write(text):
        path = tmp_path / "script"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return str(path)

    return write


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("#!{python}\n", []),
        ("#! {python} -sP\nimport x\n", ["-sP"]),
        ("#!/usr/bin/env python3\n", []),
        ("#!/usr/bin/env -S python3 -u -B\n", ["-u", "-B"]),
        ("#!/bin/sh\n'''exec' \"{python}\" \"$0\" \"$@\"\n' '''\n", []),
        ("#!/bin/sh\n'''exec' {python} -E \"$0\" \"$@\"\n' '''\n", ["-E"]),
    ],
)
def test_interpreter_and_flags_are_read(write, tmp_path, text, flags):
    python = str(tmp_path / "python3")
    assert script.interpreter(write(text.format(python=python))) == (python, flags)


def test_path_with_a_space_is_read(write):
    text = "#!/bin/sh\n'''exec' \"/my place/bin/python\" \"$0\" \"$@\"\n' '''\n"
    assert script.interpreter(write(text)) == ("/my place/bin/python", [])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "#!",
        "print(1)\n",
        "#!/bin/sh\n",
        "#!/bin/sh\necho",
        "#!/bin/sh\n'''exec' \"/bin/python",
        "#!/usr/bin/env\n",
        "#!/usr/bin/env bash\n",
        "#!/usr/bin/env python-that-is-not-there\n",
        "#!/bin/sh\n'''exec' \"$(dirname \"$0\")\"/'python' \"$0\" \"$@\"\n' '''\n",
        b"\x7fELF\x02\x01\n\0\xff",
    ],
)
def test_other_files_are_refused(write, text):
    path = write(text)
    with pytest.raises(UsageError) as caught:
        script.interpreter(path)
    assert caught.value.lines[0] == f"{path} is not a Python script"


def test_names_with_a_slash_are_not_searched(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", "/")
    assert script.find(sys.executable.lstrip("/")) is None
    assert script.find("") is None
