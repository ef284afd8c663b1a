"""OCORO_BOOT set by hand: it can say what the launcher says and nothing else, and is not heard where python hears none.

What is named in it, modules and files, is ours or is left alone.
"""

import os
import stat

import pytest
from run_files import make

from ocoro.hooks import variable
from ocoro.runtime.errors import BootVariableError
from ocoro.runtime.layout import EVENTS_SIZE
from ocoro.runtime.recording import prepare

LEAST = "report=none;no_hook=;real_threads=0;follow=0;reporter="
SHOW = "import time; from ocoro.hooks import patch; print(patch.is_installed(time.sleep))"
MALFORMED = [
    "",
    ";",
    "1",
    "not JSON",
    "report",
    "report=none",
    f"{LEAST};report=none",
    f"{LEAST};slice",
    *(
        f"{LEAST};{field}"
        for field in (
            *("slice=0", "slice=-1", "slice=nan", "slice=inf", "slice=1e400", "slice=ten", "slice=", "slice=1_0"),
            *("stall=-1", "stall=nan", "stall=0x10", "events=0", "events=-1", "events=1e6", "events=65535", "events="),
            *("events=99999999999999999999", "events=\u0661\u0662", "preempt=2", "preempt=", "rescue=on"),
            *("on_deadlock=exit", "dump_signal=KILL", "dump_signal=SEGV", "dump_signal=__class__"),
            *("notices=os", "notices=ocoro.cli.main", "notices=evil", "tracer=os:system", "tracer=evil:begin"),
            *("tracer=ocoro.cli.tracing.live", "tracer=ocoro.cli.tracing.live:Tracer", "offload=os..system"),
            *("offload=a b", "offload=/etc/passwd.x"),
        )
    ),
    *(
        LEAST.replace(was, becomes)
        for was, becomes in (
            ("report=none", "report=all"),
            ("follow=0", "follow=yes"),
            ("real_threads=0", "real_threads="),
            ("no_hook=", "no_hook=\x1b[31m"),
            ("reporter=", "reporter=os:abort"),
            ("reporter=", "reporter=evil:show"),
            ("reporter=", "reporter=ocoro.cli.main:main"),
            ("reporter=", "reporter=ocoro.cli.report:_write"),
            ("reporter=", "reporter=ocoro.cli.report"),
        )
    ),
]


def by_hand(python, *arguments, data, cwd=None, **how):
    return python(*arguments, env={**os.environ, "OCORO_BOOT": data}, cwd=cwd, **how)


@pytest.fixture
def evil(tmp_path):
    """A folder with a module that nobody may import."""
    (tmp_path / "evil.py").write_text("print('imported')\n")
    return tmp_path


@pytest.mark.parametrize("data", MALFORMED)
def test_what_the_launcher_never_says_is_refused(data):
    with pytest.raises(BootVariableError):
        variable.parsed(data)


@pytest.mark.parametrize("flags", [[], ["-X", "dev"]])
@pytest.mark.parametrize("data", ["not JSON", LEAST + ";notices=evil", LEAST + ";slice=nan", "report=\x1b[31m\nforged"])
def test_refusal_is_three_lines_and_ends_the_interpreter(python, evil, data, flags):
    done = by_hand(python, *flags, "-c", "print('ran')", data=data, cwd=evil)
    labels = [line.partition(": ")[0] for line in done.err.split("\n")]
    assert (done.out, labels, done.status) == ("", ["error", "cause", "hint", ""], 2)
    assert done.err.replace("\n", "").isprintable()


def test_what_the_launcher_says_is_obeyed(python, interpreter):
    assert by_hand(python, "-c", SHOW, data=LEAST, interpreter=interpreter).out == "True\n"


def test_fields_of_another_version_are_not_looked_at(python):
    assert by_hand(python, "-c", SHOW, data=f"{LEAST};colour=red").out == "True\n"


# -- who is heard ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flag", ["-E", "-I", "-IB"])
@pytest.mark.parametrize("data", [LEAST, "not JSON", f"{LEAST};process=1.1", f"{LEAST};process=".replace("=0", "=1")])
def test_python_that_hears_no_variables_does_not_hear_it(python, interpreter, flag, data):
    done = by_hand(python, flag, "-c", SHOW, data=data, interpreter=interpreter)
    assert (done.out, done.err, done.status) == ("False\n", "", 0)


@pytest.mark.parametrize("flag", ["-E", "-I"])
def test_launcher_is_heard(ocoro, interpreter, flag):
    assert ocoro("--quiet", flag, "-c", SHOW, interpreter=interpreter).out == "True\n"


CHILD = "import os, subprocess, sys; subprocess.run([sys.executable, *sys.argv[1:]])"


@pytest.mark.parametrize("flag", ["-E", "-I"])
def test_children_that_follow_hear_it(ocoro, interpreter, flag):
    done = ocoro("--quiet", "--follow", flag, "-c", CHILD, flag, "-c", CHILD, flag, "-c", SHOW, interpreter=interpreter)
    assert done.out == "True\n"


@pytest.mark.parametrize("flag", ["-E", "-I"])
def test_children_do_not_inherit_it(ocoro, flag):
    code = "import os; print('OCORO_BOOT' in os.environ)"
    assert ocoro("--quiet", flag, "-c", CHILD, "-c", code).out == "False\n"
    assert ocoro("--quiet", flag, "-c", CHILD, flag, "-c", SHOW).out == "False\n"


def test_the_name_of_another_process_is_not_enough(python):
    """A relative that the launcher has not given the variable to."""
    from ocoro.startup import this_process

    data = f"{LEAST};process={this_process()}".replace("follow=0", "follow=1")
    assert by_hand(python, "-E", "-c", SHOW, data=data).out == "False\n"


# -- which file is recorded into ---------------------------------------------------------------------------------------


def put(folder, name):
    """A file that is not prepared for a recording; what stands in it."""
    path = folder / "file.ocoro"
    kinds = {
        "text": lambda: path.write_text("precious\n" * 100),
        "empty": path.touch,
        "zeros": lambda: path.write_bytes(bytes(1 << 20)),
        "magic": lambda: path.write_bytes(b"\x89OCORO\r\n"),
        "ended": lambda: make(folder, "file", 1, pid=1),
        "larger": lambda: prepare(str(path), 2 * EVENTS_SIZE),
        "cut": lambda: (prepare(str(path), EVENTS_SIZE), os.truncate(path, 5000)),
        "version": lambda: (prepare(str(path), EVENTS_SIZE), overwritten(path, 8, b"\x09")),
    }
    kinds[name]()
    os.utime(path, ns=(1, 1))
    return path, path.read_bytes()


def overwritten(path, at, data):
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(data)


WAITS = "import os, time; time.sleep(0.001)\nif not os.fork(): time.sleep(0.001); os._exit(0)\nos.wait()"


@pytest.mark.parametrize("follow", [0, 1])
@pytest.mark.parametrize("name", ["text", "empty", "zeros", "magic", "ended", "larger", "cut", "version"])
def test_file_that_was_not_prepared_is_left_alone(python, tmp_path, name, follow):
    path, data = put(tmp_path, name)
    record = f"{LEAST};record={path}".replace("follow=0", f"follow={follow}")
    done = by_hand(python, "-c", WAITS, data=record)
    assert (done.out, done.err, done.status) == ("", "", 0)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (data, 1)


@pytest.mark.parametrize("kind", ["fifo", "folder", "link", "missing", "device"])
def test_what_is_no_file_is_left_alone(python, tmp_path, kind):
    path, target = tmp_path / "there.ocoro", tmp_path / "target"
    prepare(str(target), EVENTS_SIZE)
    before = target.read_bytes()
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to(target)
    elif kind == "device":
        path = "/dev/null"
    done = by_hand(python, "-c", "import time; time.sleep(0.001); print('done')", data=f"{LEAST};record={path}")
    assert (done.out, done.err, done.status) == ("done\n", "", 0)
    assert target.read_bytes() == before
    assert os.path.lexists(path) == (kind != "missing")
    assert kind != "device" or stat.S_ISCHR(os.stat(path).st_mode)


def test_prepared_file_is_recorded_into(python, tmp_path):
    path = tmp_path / "run.ocoro"
    prepare(str(path), EVENTS_SIZE)
    before = path.read_bytes()
    assert by_hand(python, "-c", "import time; time.sleep(0.001)", data=f"{LEAST};record={path}").status == 0
    assert path.read_bytes() != before
