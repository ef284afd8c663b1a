"""What a traced program's calls look like while it runs, and that the program does not notice."""

import re
from ast import literal_eval
from textwrap import dedent

import pytest

from ocoro.cli.recorded.reader import read

LINE = re.compile(
    r"(?:\[\d+\] )?\d\d:\d\d:\d\d\.\d{6} (?P<name>.{14,}?) (?P<words>[a-z_]+\(.*)"
    r" <(?P<time>\d+(?:\.\d+)? (?:us|ms|s))(?:, (?P<how>suspended|blocked|not ended))?"
    r"(?P<meanwhile>; meanwhile [^>]*)?>"
    r"(?: (?P<place>\S+:\d+ .*))?"
)
TALK = """
    import socket, threading
    def serve(server):
        connection, _ = server.accept()
        with connection:
            connection.sendall(connection.recv(100).upper())
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,), name="server")
        thread.start()
        with socket.create_connection(server.getsockname()) as client:
            client.sendall(b"hello")
            print(client.recv(4096))
        thread.join()
"""


@pytest.fixture
def script(tmp_path):
    """`script(code)`: the path of a program."""

    def script(code):
        path = tmp_path / "program.py"
        path.write_text(dedent(code))
        return str(path)

    return script


@pytest.fixture
def calls(ocoro_trace, script):
    """`calls(code, *options)`: what was told of a program that ends well, taken apart."""

    def calls(code, *options):
        done = ocoro_trace(*options, script(code))
        assert done.status == 0, done
        return [parts(line) for line in done.err.splitlines()]

    return calls


def parts(line):
    match = LINE.fullmatch(line)
    assert match, line
    return {name: (value or "").strip() for name, value in match.groupdict().items()}


def words(found, call):
    return [each["words"] for each in found if each["words"].startswith(f"{call}(")]


def test_conversation_is_told(calls):
    found = calls(TALK)
    end = r"TCP 127\.0\.0\.1:\d+"
    expected = {
        "start_thread": r'start_thread\("server"\) = coroutine 2',
        "accept": rf"accept\(3<{end}>\) = \d+<{end}->127\.0\.0\.1:\d+>",
        "connect": r"connect\(4<TCP>, 127\.0\.0\.1:\d+\)",
        "sendall": rf'sendall\(4<{end}->127\.0\.0\.1:\d+>, "hello", 5\)',
        "recv": rf'recv\(4<{end}->127\.0\.0\.1:\d+>, 4096\) = 5 "HELLO"',
        "close": rf"close\(4<{end}->127\.0\.0\.1:\d+>\)",
    }
    for call, pattern in expected.items():
        assert any(re.fullmatch(pattern, each) for each in words(found, call)), (call, found)
    received = next(
        each
        for each in found
        if "HELLO" in each["words"] and each["name"] == "MainThread" and each["words"].startswith("recv")
    )
    assert (received["how"], received["meanwhile"]) == ("suspended", "; meanwhile server")
    assert received["place"] == "program.py:12 <module>"
    assert {each["name"] for each in found} == {"MainThread", "server"}


def test_output_of_the_program_is_python_s(python, ocoro_trace, script, tmp_path):
    code = TALK + "\n    print(open(__file__).fileno(), threading.active_count())\n    raise SystemExit(3)\n"
    path = script(code)
    plain, traced = python(path, cwd=tmp_path), ocoro_trace(path)
    assert (traced.out, traced.status) == (plain.out, plain.status) == (plain.out, 3)


@pytest.mark.parametrize(
    "code",
    [
        "import time\ndef f():\n    time.sleep(-1)\nf()",
        "import os\ntry:\n    os.read(99, 1)\nexcept OSError:\n    os.close(98)",
        "import socket\ns = socket.socket()\ns.close()\ns.recv(1)",
        "import socket\nsocket.socket().connect(('127.0.0.1', 'x'))",
        "import threading, time\nt = threading.Thread(target=time.sleep, args=('x',))\nt.start()\nt.join()",
    ],
)
def test_tracebacks_are_python_s(python, ocoro_trace, script, tmp_path, code):
    path = script(code)
    plain, traced = python(path, cwd=tmp_path), ocoro_trace("-o", str(tmp_path / "trace"), path)
    assert (traced.err, traced.status) == (plain.err, plain.status)


def test_errors_are_named(calls):
    found = calls(
        """
        import os, socket
        for call in (lambda: os.read(99, 1), lambda: socket.create_connection(("127.0.0.1", port), 5)):
            with socket.create_server(("127.0.0.1", 0)) as server:
                port = server.getsockname()[1]
            try:
                call()
            except OSError:
                pass
        """
    )
    assert words(found, "read") == ["read(99, 1) = -1 EBADF (Bad file descriptor)"]
    assert words(found, "connect")[0].endswith(" = -1 ECONNREFUSED (Connection refused)")


def test_waits_without_a_call_of_their_own_are_told(calls):
    code = """
        import queue, threading
        box = queue.SimpleQueue()
        threading.Timer(0.01, box.put, (1,)).start()
        box.get()
    """
    (wait,) = [each for each in calls(code) if each["words"] == "queue()"]
    assert (wait["how"], wait["place"]) == ("suspended", "program.py:5 <module>")
    assert "Thread-1" in wait["meanwhile"]


def test_library_s_places_are_short(calls):
    code = "import threading; t = threading.Timer(0.001, print); t.start(); t.join()"
    places = [each["place"] for each in calls(code) if each["name"] == "Thread-1"]
    assert [each for each in places if re.match(r"python3\.\d+/threading\.py:\d+ ", each)]


def test_name_given_to_spawn_is_told(calls):
    (nap,) = [
        each
        for each in calls("import ocoro, time; ocoro.spawn(time.sleep, 0.01, name='nap').join()")
        if each["words"] == "sleep(0.01)"
    ]
    assert nap["name"] == "nap"


def test_filter_chooses_calls_and_still_sees_who_ran(calls):
    found = calls(TALK, "--filter", "recv*,!recv_into")
    assert {each["words"].partition("(")[0] for each in found} == {"recv"}
    assert any(each["meanwhile"] for each in found)


def test_slower_than_chooses_calls(calls):
    code = "import time\nfor delay in (0.03, 0.0001): time.sleep(delay)"
    assert words(calls(code, "--slower-than", "20ms"), "sleep") == ["sleep(0.03)"]


def test_strings_are_cut(calls):
    assert words(calls("import os\nos.write(1, b'x' * 9)", "--strings", "4"), "write")[0].endswith('"xxxx"..., 9) = 9')


def test_yielding_is_no_blocking(calls):
    code = """
        import threading, time
        def compute():
            end = time.monotonic() + 0.02
            while time.monotonic() < end:
                pass
        threading.Thread(target=compute).start()
        time.sleep(0)
    """
    found = [each for each in calls(code) if each["words"] == "sleep(0)"]
    assert [each["how"] for each in found] == ["suspended"]


def test_call_that_does_not_end_is_told_at_the_end(calls):
    code = "import threading, time\nthreading.Thread(target=time.sleep, args=(99,), daemon=True).start()"
    assert [each["words"] for each in calls(code) if each["how"] == "not ended"] == ["sleep(99)"]


def test_forked_child_is_told_with_its_pid(ocoro_trace, script):
    done = ocoro_trace(
        script(
            """
            import os, time
            pid = os.fork()
            if not pid:
                time.sleep(0.01)
                os._exit(3)
            print(pid, os.waitpid(pid, 0)[1] >> 8)
            """
        )
    )
    pid, status = done.out.split()
    assert status == "3"
    child = [line for line in done.err.splitlines() if line.startswith(f"[{pid}] ")]
    assert ["sleep(0.01)" in line for line in child] == [True]
    assert f"waitpid({pid}, 0) = {pid} exited with 3" in done.err


def test_forked_pool_works(calls):
    code = """
        import multiprocessing, time
        def work(number):
            time.sleep(0.001)
            return number
        if __name__ == "__main__":
            with multiprocessing.get_context("fork").Pool(2) as pool:
                assert pool.map(work, range(4)) == [0, 1, 2, 3]
    """
    assert words(calls(code), "sleep") == ["sleep(0.001)"] * 4


def test_lines_of_two_processes_do_not_mix(shape, ocoro_trace, script):
    code = """
        import os, time
        child = os.fork()
        for _ in range(50):
            time.sleep(0.0001)
        if child:
            os.waitpid(child, 0)
    """
    found = shape(ocoro_trace("--strace", script(code)).err.splitlines())
    assert (found.wrong, len(found.calls), len(found.pids)) == ([], 101, 2)


def test_child_interpreters_that_follow_write_to_the_same_file(ocoro_trace, script, tmp_path):
    code = """
        import subprocess, sys, time
        time.sleep(0.001)
        subprocess.run([sys.executable, "-c", "import time; time.sleep(0.002)"], check=True)
        time.sleep(0.003)
    """
    assert ocoro_trace("--follow", "-o", "trace", script(code)).status == 0
    text = (tmp_path / "trace").read_text()
    assert re.findall(r"sleep\([\d.]+\)", text) == ["sleep(0.001)", "sleep(0.002)", "sleep(0.003)"]


def test_closed_standard_error_is_no_harm(ocoro_trace, script):
    done = ocoro_trace(script("import time; time.sleep(0.001); print('done')"), redirect="2>&-")
    assert (done.out, done.err, done.status) == ("done\n", "", 0)


def test_program_that_closes_all_fds_gets_nothing_into_its_files(ocoro_trace, script, tmp_path):
    code = """
        import os, time
        time.sleep(0.001)
        os.closerange(3, 2000)
        file = os.open("mine", os.O_CREAT | os.O_WRONLY)
        for number in (3, 10, 50, 200, 900):
            if number != file:
                os.dup2(file, number)
        time.sleep(0.001)
        os._exit(0)
    """
    assert ocoro_trace(script(code)).status == 0
    assert (tmp_path / "mine").read_text() == ""


def test_few_open_files_are_enough(ocoro_trace, script):
    code = "import time; time.sleep(0.001); print('done')"
    done = ocoro_trace(
        "-c",
        "import os, resource, sys; resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40)); "
        "os.execv(sys.executable, [sys.executable, '-P', '-m', 'ocoro', 'trace', sys.argv[1]])",
        script(code),
    )
    assert done.out == "done\n"
    assert "sleep(0.001)" in done.err


def test_full_disk_is_said_once_and_the_program_goes_on(ocoro_trace, script):
    done = ocoro_trace("-o", "/dev/full", script("import time\nfor _ in range(3): time.sleep(0.001)\nprint('done')"))
    assert (done.out, done.status) == ("done\n", 0)
    assert done.err == "warning: the trace ends: /dev/full: No space left on device\n"


def test_wrong_arguments_are_refused_as_without_trace(ocoro, ocoro_trace, script, environment, tmp_path):
    code = """
        import os, select, socket, time
        for call in (time.sleep, os.read, os.write, os.close, os.waitpid, select.select, socket.getaddrinfo,
                     *(getattr(socket.socket(), name) for name in dir(socket.socket) if name[:4] in ("recv", "send"))):
            for args in ((), ("x",), (None, None), (1.5,) * 3):
                try:
                    call(*args)
                except Exception as error:
                    print(type(error).__name__, error)
    """
    path = script(code)
    plain = ocoro("--quiet", path, env=environment, cwd=tmp_path)
    traced = ocoro_trace("-o", "trace", path)
    assert (traced.out, traced.status) == (plain.out, plain.status)
    assert "TypeError" in traced.out


def test_calls_are_recorded_in_words(calls, tmp_path):
    live = calls(TALK)
    run = read(str(tmp_path / "runs" / "last"))
    told = [event.text for event in run.events if event.kind == "call"]
    assert sorted(told) == sorted(each["words"] for each in live)
    assert run.problems == []


def test_trace_does_not_bring_modules_that_a_program_may_replace(ocoro, ocoro_trace, script, environment, tmp_path):
    path = script("import sys; print(sorted(name for name in sys.modules if not name.startswith('ocoro')))")
    plain, traced = ocoro("--quiet", path, env=environment, cwd=tmp_path), ocoro_trace(path)
    assert set(literal_eval(traced.out)) - set(literal_eval(plain.out)) <= {"_socket"}
