"""The API, by programs that assert: in plain python, where nothing is hooked, and under `ocoro run`."""

import ast
import signal
import subprocess
from pathlib import Path

import pytest
from interpreters import REPOSITORY

import ocoro as package

PROGRAMS = Path(__file__).parent / "programs"
CERTIFICATE = str(REPOSITORY / "tests" / "certificates" / "localhost.pem")
NOT_SHOWN = {"local", "Cancelled"}  # `threading.local`, and shown by Coroutine.cancel
QUIET = ("--quiet", "--no-record")
NO_WARNINGS = ("-W", "ignore")  # of forks beside real threads


def program(name):
    return str(PROGRAMS / name)


def test_examples(python, interpreter):
    plain = python(program("examples.py"), "install", "uninstall", interpreter=interpreter)
    assert plain.out.endswith("tried, 0 failed\n"), plain.out
    installed = python(program("examples.py"), "only", "install", interpreter=interpreter)
    assert installed.out == "6 tried, 0 failed\n"


def test_examples_under_the_launcher(ocoro, interpreter):
    launched = ocoro(*QUIET, program("examples.py"), "none", interpreter=interpreter)
    assert launched.out.endswith("tried, 0 failed\n"), launched.out


def _documented(home, name):
    """Whether the definition of `name`, and of each of its public methods, has an example."""
    tree = ast.parse((REPOSITORY / (home.replace(".", "/") + ".py")).read_text())
    (definition,) = (node for node in tree.body if getattr(node, "name", "") == name)
    parts = [definition]
    if isinstance(definition, ast.ClassDef):
        methods = [node for node in definition.body if isinstance(node, ast.FunctionDef)]
        parts += [node for node in methods if not node.name.startswith("_") and node.name not in INNER]
    return [part.name for part in parts if ">>> " not in (ast.get_docstring(part) or "")]


INNER = {"forgive", "go_off", "interrupt_computing", "put_off", "run", "settle", "withdraw"}
INNER |= {"is_final"}  # in the example of its class


@pytest.mark.parametrize("name", sorted(set(package.__all__) - NOT_SHOWN))
def test_each_name_has_an_example(name):
    assert _documented(package._HOMES[name], name) == []


@pytest.mark.parametrize("name", package.__all__)
def test_each_name_is_known_to_type_checkers(name):
    tree = ast.parse(Path(package.__file__).read_text())
    assert name in {alias.asname for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}


@pytest.mark.parametrize("name", ["cancel_calls.py", "timeouts.py"])
def test_interrupting_under_the_launcher(ocoro, interpreter, name):
    result = ocoro(*QUIET, *NO_WARNINGS, program(name), CERTIFICATE, interpreter=interpreter)
    assert (result.status, result.err) == (0, ""), result
    if name == "cancel_calls.py":
        assert result.out.splitlines()[-1] == "left behind []"


@pytest.mark.parametrize("name", ["ranking.py", "pools.py", "listening.py", "forking.py"])
def test_under_the_launcher(ocoro, interpreter, name):
    result = ocoro(*QUIET, *NO_WARNINGS, program(name), "hooked", interpreter=interpreter)
    assert (result.status, result.err) == (0, ""), result
    assert result.out.startswith("done")


@pytest.mark.parametrize("name", ["ranking.py", "pools.py", "listening.py", "forking.py", "foreign.py", "by_hand.py"])
def test_in_plain_python(python, interpreter, name):
    result = python(*NO_WARNINGS, program(name), "plain", interpreter=interpreter)
    assert (result.status, result.err) == (0, ""), result
    assert result.out.startswith("done")


def test_end_of_a_plain_program(python, interpreter):
    result = python(program("plain.py"), interpreter=interpreter)
    assert result.status == 0
    assert result.out.splitlines()[-1] == "end"
    assert "never" not in result.out
    assert result.err.count("Exception ignored in") == 2
    assert "ValueError: unseen" in result.err


def test_interrupt_in_a_plain_program(interpreter):
    """Ctrl-C when the hub sleeps."""
    command = [interpreter.path, program("interrupted.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=20)[0]
    assert rest == "interrupted Suspended\nTrue 4\n"


@pytest.mark.parametrize("seed", range(3))
def test_stress(ocoro, interpreter, seed):
    """Cancelled at any moment, in any wait: nothing is lost and nobody waits for ever."""
    result = ocoro(*QUIET, program("stress.py"), str(seed), "3", interpreter=interpreter, limit=60)
    assert (result.status, result.err) == (0, ""), result


def test_importing_costs_nothing(python, interpreter):
    code = "import sys; before = set(sys.modules); import ocoro; print(sorted(set(sys.modules) - before))"
    assert python("-c", code, interpreter=interpreter).out == "['ocoro']\n"


def test_the_launcher_does_not_import_the_api(ocoro, interpreter):
    code = "import sys; print([name for name in sys.modules if name.startswith(('ocoro.runtime.api', 'ocoro.cli'))])"
    assert ocoro(*QUIET, "-c", code, interpreter=interpreter).out == "[]\n"
