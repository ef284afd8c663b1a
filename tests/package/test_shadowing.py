"""A program may have modules named like the standard library's, or like click and rich: it gets its own, we get ours.

They lie in the folder of its script, where PYTHONPATH leads, or in the current directory. Those here say so when they
are imported, and end the process.
"""

import ast
import os
import sys
from pathlib import Path

import pytest
from process import run

ROOT = Path(__file__).resolve().parents[2]
LOUD = "import os; os.write(2, b'WRONG ' + __name__.encode() + b'\\n'); os._exit(99)\n"
PACKAGES = ("attr", "click", "greenlet", "IPython", "markdown_it", "pygments", "rich", "typing_extensions")
NEEDED_BY_PYTHON = {  # by its own start, by `python -m`, or by what pip makes of a console script
    *("encodings", "codecs", "io", "abc", "site", "os", "stat", "posixpath", "genericpath", "_collections_abc", "re"),
    *(
        "importlib",
        "types",
        "warnings",
        "runpy",
        "pkgutil",
        "sitecustomize",
        "usercustomize",
        "__future__",
        "linecache",
    ),
    *(
        "_sitebuiltins",
        "zipimport",
        "traceback",
        "contextlib",
        "collections",
        "keyword",
        "operator",
        "reprlib",
        "functools",
    ),
}
NAMES = sorted({*sys.stdlib_module_names, *PACKAGES} - NEEDED_BY_PYTHON - set(sys.builtin_module_names))


@pytest.fixture(scope="module")
def shadows(tmp_path_factory):
    """A folder with all such modules."""
    folder = tmp_path_factory.mktemp("shadows")
    for name in NAMES:
        (folder / f"{name}.py").write_text(LOUD)
    return folder


# -- the program -------------------------------------------------------------------------------------------------------

WAITS = "import threading, time\nt = threading.Thread(target=time.sleep, args=(0.001,))\nt.start()\nt.join()\n"


@pytest.mark.parametrize("mode", ["auto", "line", "table", "none"])
@pytest.mark.parametrize("pure", ["", "1"])
def test_report_imports_nothing_of_the_programs(ocoro, interpreter, shadows, mode, pure):
    program = shadows / "prog.py"
    program.write_text("import time\ntime.sleep(0.001)\nprint('done')\n")
    env = {**os.environ, "OCORO_PURE_PYTHON": pure, "OCORO_DIR": str(shadows / "runs")}
    done = ocoro(f"--report={mode}", str(program), env=env, interpreter=interpreter)
    assert (done.out, done.status) == ("done\n", 0)
    assert "WRONG" not in done.err
    assert ("ocoro: wall" in done.err) == (mode != "none")
    assert ("call   count" in done.err) == (mode == "table")


@pytest.mark.parametrize("options", [[], ["--dump-signal=USR1"], ["--real-threads"], ["--follow"], ["--no-record"]])
def test_boot_imports_nothing_that_pythonpath_leads_to(python, ocoro, interpreter, shadows, options):
    program = shadows / "quiet.py"
    program.write_text("print('done')\n")
    env = {**os.environ, "PYTHONPATH": str(shadows), "OCORO_DIR": str(shadows / "runs")}
    how = {"env": env, "interpreter": interpreter}
    assert python(str(program), **how).out == "done\n"
    done = run([interpreter.path, "-c", START, "run", *options, "--quiet", str(program)], env=env)
    assert (done.out, done.err, done.status) == ("done\n", "", 0)


START = "from ocoro.cli.main import main; main()"  # by -m, python itself imports a few modules more


def test_trace_imports_nothing_of_the_programs(interpreter, shadows):
    program = shadows / "quiet.py"
    program.write_text("import time\ntime.sleep(0.001)\nprint('done')\n")
    env = {**os.environ, "OCORO_DIR": str(shadows / "runs"), "PYTHONPATH": str(shadows)}
    done = run([interpreter.path, "-c", START, "trace", str(program)], env=env)
    assert (done.out, done.status) == ("done\n", 0)
    assert " sleep(0.001) " in done.err
    assert "WRONG" not in done.err


# Each of these is in the standard library, none is loaded when python starts, and ocoro makes use of all of them.
OWN = (
    "array",
    "collections",
    "fcntl",
    "functools",
    "heapq",
    "keyword",
    "mmap",
    "operator",
    "select",
    "struct",
    "types",
)
USES_OWN = """
import sys
for name in {names!r}:
    module = __import__(name)
    print(name, module.WHOSE, module.__file__ == f"{{sys.path[0]}}/{{name}}.py")
import time
time.sleep(0.001)
"""


@pytest.mark.parametrize("name", [*OWN, "all"])
def test_program_gets_its_own_modules(python, ocoro, interpreter, tmp_path, name):
    names = OWN if name == "all" else [name]
    for each in names:
        (tmp_path / f"{each}.py").write_text("WHOSE = 'the program has it'\n")
    (tmp_path / "prog.py").write_text(USES_OWN.format(names=names))
    plain = python(str(tmp_path / "prog.py"), interpreter=interpreter)
    assert plain.out.count("the program has it True") == len(names), plain
    assert ocoro("--quiet", str(tmp_path / "prog.py"), interpreter=interpreter) == plain
    done = ocoro("--report=table", str(tmp_path / "prog.py"), interpreter=interpreter)
    assert (done.out, done.status, done.err.count("ocoro: wall")) == (plain.out, 0, 1)


def test_modules_are_loaded_as_under_python(python, ocoro, interpreter):
    code = "import sys; print(sorted(n for n in sys.modules if n[:5] != 'ocoro' and not is_built_in(n)))"
    code = f"def is_built_in(name): import sys; return name in sys.builtin_module_names\n{code}"
    assert ocoro("--quiet", "-c", code, interpreter=interpreter) == python("-c", code, interpreter=interpreter)


LATE = """
import sys
import socket, ssl, selectors, queue, zlib, asyncio
own = [name for name in {names!r} if hasattr(sys.modules.get(name), "WHOSE")]
print(own, hasattr(socket.socket, "recv"), sys.modules["ssl"] is ssl)
"""


def test_hooks_that_come_late_import_none_of_the_programs(python, ocoro, interpreter, tmp_path):
    names = ("ctypes", "uuid", "calendar", "fractions", "graphlib")
    for each in names:
        (tmp_path / f"{each}.py").write_text("WHOSE = 'the program has it'\n")
    text = (
        "import ctypes, uuid, graphlib\n" + LATE.format(names=names) + "import cProfile\ncProfile.Profile().enable()\n"
    )
    (tmp_path / "prog.py").write_text(text)
    plain = python(str(tmp_path / "prog.py"), interpreter=interpreter)
    assert plain.status == 0, plain
    assert ocoro("--quiet", str(tmp_path / "prog.py"), interpreter=interpreter) == plain


API = """
import ocoro, sys
own = [name for name in ("typing", "enum", "traceback") if hasattr(sys.modules.get(name), "WHOSE")]
print(ocoro.spawn(int, "7").result(), ocoro.State.__name__, own)
import typing, enum
print(typing.WHOSE, enum.WHOSE)
"""


def test_api_imports_none_of_the_programs(ocoro, python, interpreter, tmp_path):
    for each in ("typing", "enum", "traceback", "inspect", "re"):
        (tmp_path / f"{each}.py").write_text("WHOSE = 'the program has it'\n")
    (tmp_path / "prog.py").write_text(API)
    for launcher in (python, ocoro):
        options = ["--quiet"] if launcher is ocoro else []
        done = launcher(*options, str(tmp_path / "prog.py"), interpreter=interpreter)
        assert (done.out, done.err) == ("7 State []\nthe program has it the program has it\n", "")


NOTHING_LEFT = [
    "sys.meta_path.clear()",
    "sys.meta_path = None",
    "sys.meta_path.insert(0, None)",
    "sys.modules.clear()",
    "sys.modules.update(dict.fromkeys(sys.modules))",
    "sys.path, sys.path_hooks = None, None",
    "sys.path_importer_cache.clear(); sys.path.clear()",
    "import builtins; del builtins.__import__",
    "import threading; t = threading.Thread(target=print); t.start(); t.join();"
    " sys.modules.clear(); sys.meta_path.clear()",
]


@pytest.mark.parametrize("mode", ["line", "table"])
@pytest.mark.parametrize("end", NOTHING_LEFT)
def test_report_needs_no_import_at_the_end(python, ocoro, interpreter, mode, end):
    code = f"import sys\n{end}"
    plain = python("-c", code, interpreter=interpreter)
    done = ocoro(f"--report={mode}", "-c", code, interpreter=interpreter)
    error, found, _ = done.err.partition("ocoro: wall")
    assert (done.out, error, found, done.status) == (plain.out, plain.err, "ocoro: wall", plain.status)


# -- the commands ------------------------------------------------------------------------------------------------------

COMMANDS = [
    *(["--help"], ["--version"], ["walk"], ["run"], ["run", "--help"], ["run", "--repotr", "x.py"]),
    *(["stats", *more] for more in ([], ["--color=always"], ["--json"], ["--csv"], ["--prometheus"], ["--against=-1"])),
    *(
        ["stats", *more]
        for more in (["--by=site"], ["--call=slep"], ["--since=1%"], ["--fail-if=wall>9s"], ["nothing"])
    ),
    *(["trace", "last", *more] for more in ([], ["--timeline"], ["--strace"], ["--filter=slep"])),
    *(["trace", "last", f"--export={kind}"] for kind in ("chrome", "perfetto", "speedscope", "collapsed", "html")),
    *(["runs"], ["runs", "--json"], ["runs", "--color=always"], ["top", "--once"], ["top", "--once", "--color=always"]),
    *(["completion", shell] for shell in ("bash", "zsh", "fish", "--names", "--modules=ti")),
]


@pytest.fixture(scope="module")
def recorded(shadows, default_interpreter):
    """The environment of the commands, with two runs."""
    env = {**os.environ, "OCORO_DIR": str(shadows / "recorded")}
    for _ in range(2):
        done = run([default_interpreter.path, "-P", "-m", "ocoro", "run", "--quiet", "-c", WAITS], env=env)
        assert (done.err, done.status) == ("", 0)
    return env


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("where", ["cwd", "pythonpath", "relative"])
def test_commands_import_nothing_of_the_users(recorded, default_interpreter, shadows, where, arguments):
    # The current directory is on sys.path by -m, the last of PYTHONPATH by its empty part.
    env = recorded | {"cwd": {}, "pythonpath": {"PYTHONPATH": str(shadows)}, "relative": {"PYTHONPATH": "."}}[where]
    flags = [] if where == "cwd" else ["-P"]
    done = run([default_interpreter.path, *flags, "-m", "ocoro", *arguments], env=env, cwd=shadows)
    assert "WRONG" not in done.err
    assert done.status in (0, 2)
    assert "Traceback" not in done.err


def test_console_script_imports_nothing_that_pythonpath_leads_to(recorded, default_interpreter, tmp_path):
    """But for the module re, with what belongs to it: by this the script that pip makes cleans up `sys.argv`."""
    for name in ("random", "typing", "json", "dataclasses", "inspect", "datetime", "logging", *PACKAGES):
        (tmp_path / f"{name}.py").write_text(LOUD)
    script = Path(default_interpreter.path).with_name("ocoro")
    done = run([str(script), "stats", "--color=always"], env=recorded | {"PYTHONPATH": str(tmp_path)}, cwd=tmp_path)
    assert (done.err, done.status) == ("", 0)


def test_modules_of_the_user_are_completed_all_the_same(recorded, default_interpreter, tmp_path):
    (tmp_path / "zebra.py").touch()
    env = recorded | {"PYTHONPATH": str(tmp_path)}
    done = run([default_interpreter.path, "-P", "-m", "ocoro", "completion", "--modules=zeb"], env=env)
    assert done.out == "zebra\n"


# -- what could not be otherwise ---------------------------------------------------------------------------------------

IN_THE_PROGRAM = [*(ROOT / "cli").glob("report.py"), ROOT / "cli" / "notices.py", ROOT / "cli" / "visible.py"]


@pytest.mark.parametrize("path", IN_THE_PROGRAM, ids=lambda path: path.name)
def test_what_tells_of_the_program_imports_what_is_always_there(path):
    """At the end of a program, and in its signal handlers, there is nobody to ask whose a module is."""
    allowed = {*sys.builtin_module_names, "os", "io", "__future__"}
    tree = ast.parse(path.read_text())
    hidden = {
        id(each)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for each in ast.walk(node)
    }
    found = {
        name
        for node in ast.walk(tree)
        if id(node) not in hidden and isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module])
    }
    assert {name for name in found if not name.startswith("ocoro.")} <= allowed
