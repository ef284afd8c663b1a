"""Running programs that are recorded into a folder of the test's."""

import os
import subprocess
from textwrap import dedent

import pytest
from recordings import runs_in

LIMIT = 30.0  # seconds a program may take


@pytest.fixture
def folder(tmp_path):
    """Where the runs are recorded."""
    return tmp_path / "runs"


@pytest.fixture
def environment(folder):
    """The variables of a process whose runs go there."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OCORO_", "XDG_"))}
    return kept | {"OCORO_DIR": str(folder)}


@pytest.fixture
def script(tmp_path):
    """`script(code)`: the path of a program."""

    def script(code, name="program.py"):
        path = tmp_path / name
        path.write_text(dedent(code))
        return str(path)

    return script


@pytest.fixture
def ran(ocoro, script, environment, tmp_path):
    """`ran(code)`: how a program ended, which must be well and without a word on standard error."""

    def ran(code, *options, **how):
        done = ocoro("--quiet", *options, script(code), env=environment, cwd=tmp_path, **how)
        assert (done.err, done.status) == ("", 0), done
        return done

    return ran


@pytest.fixture
def recorded(ran, folder):
    """`recorded(code)`: the run of a program with one process."""

    def recorded(code, *options, **how):
        ran(code, *options, **how)
        (run,) = runs_in(folder)
        return run

    return recorded


@pytest.fixture
def started(default_interpreter, script, environment, tmp_path):
    """`started(code)`: a program that still runs, with its standard output to read from."""
    processes = []

    def started(code, *options):
        path = script(code, "started.py")
        command = [default_interpreter.path, "-P", "-m", "ocoro", "run", "--quiet", *options, "-u", path]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, env=environment, cwd=tmp_path, text=True)
        processes.append(process)
        return process

    yield started
    for process in processes:
        process.kill()
        process.wait(LIMIT)
        process.stdin.close()
        process.stdout.close()
