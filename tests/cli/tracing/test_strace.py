"""Ours has exactly the shape of strace's output, and says of each call what strace would."""

import shutil
import subprocess
import sys
from textwrap import dedent

import pytest

from ocoro.cli.tracing.strace import Call, Writer, split, thread

PROGRAM = """
    import os, socket, threading, time
    def serve(server):
        connection, _ = server.accept()
        with connection:
            connection.sendall(connection.recv(100) + b') = 3 "')
    server = socket.create_server(("127.0.0.1", 0))
    threads = [threading.Thread(target=serve, args=(server,)), threading.Thread(target=time.sleep, args=(0.05,))]
    for thread in threads:
        thread.start()
    with socket.create_connection(server.getsockname()) as client:
        client.sendall(b'say "hello" (twice),\\n' * 2)
        time.sleep(0.01)
        while client.recv(10):
            pass
    try:
        socket.create_connection(("127.0.0.1", server.getsockname()[1]), timeout=0.01).recv(1)
    except OSError:
        pass
    server.close()
    for thread in threads:
        thread.join()
    if not os.fork():
        time.sleep(0.01)
        os._exit(3)
    os.wait4(-1, 0)
"""
ADDRESS = '{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("10.0.0.1")}'


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(dedent(PROGRAM))
    return str(path)


@pytest.fixture
def traced(ocoro_trace, program):
    """`traced(*options)`: the lines of a trace of the program."""

    def traced(*options):
        done = ocoro_trace(*options, program)
        assert (done.out, done.status) == ("", 0), done
        return done.err.splitlines()

    return traced


def strace(program):
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed (Debian package strace)")
    command = ["strace", "-f", "-tt", "-T", sys.executable, program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if "ptrace" in done.stderr and done.returncode:
        pytest.skip("strace is not allowed to trace here")
    # what strace says of itself comes in the middle of a line, even within the line of the call that started a process
    lines = done.stderr.splitlines()
    return [line for line in lines if "strace: Process" not in line and not line.startswith(" => ")]


def test_strace_itself_fits_the_grammar(shape, program):
    found = shape(strace(program))
    assert len(found.wrong) <= 0.02 * len(found.calls), found.wrong[:20]
    assert {"whole", "begun", "resumed", "ended"} <= set(found.forms)


def test_ours_fits_the_grammar(shape, traced):
    found = shape(traced("--strace"))
    assert found.wrong == []
    assert {"whole", "begun", "resumed"} <= set(found.forms)
    assert {"accept4", "recvfrom", "sendto", "connect", "clock_nanosleep", "clone3", "futex"} <= set(found.calls)
    assert found.open == {}


def test_recorded_calls_fit_the_grammar(shape, traced, ocoro_trace):
    live = shape(traced("--strace"))
    found = shape(ocoro_trace("last", "--strace").out.splitlines())
    assert found.wrong == []
    assert {"begun", "resumed", "ended"} <= set(found.forms)
    assert found.open == {}
    parent = [call for call in live.calls if call != "clock_nanosleep"]
    assert sorted(call for call in found.calls if call != "clock_nanosleep") == sorted(parent)


def test_events_without_words_fit_the_grammar(shape, ocoro, ocoro_trace, program, environment):
    assert ocoro("--quiet", program, env=environment).status == 0
    found = shape(ocoro_trace("last", "--strace").out.splitlines())
    assert found.wrong == []
    assert {"clone3", "accept4", "futex", "clock_nanosleep"} <= set(found.calls)


def test_calls_that_take_long_are_printed_whole(shape, traced):
    found = shape(traced("--strace", "--slower-than", "5ms"))
    assert found.wrong == []
    assert set(found.forms) == {"whole"}


def test_file_has_numbers_as_with_strace_o(shape, traced, tmp_path):
    assert traced("--strace", "-o", str(tmp_path / "trace")) == []
    lines = (tmp_path / "trace").read_text().splitlines()
    found = shape(lines)
    assert found.wrong == []
    assert all(line[0].isdigit() for line in lines)


@pytest.mark.parametrize(
    ("call", "words", "printed"),
    [
        ("recv", 'recv(5<TCP a:1->b:2>, 10) = 2 "a\\""', 'recvfrom(5, |"a\\"", 10, 0, NULL, NULL) = 2'),
        ("recv", 'recv(5<TCP>, 10) = 40 "ab"...', 'recvfrom(5, |"ab"..., 10, 0, NULL, NULL) = 40'),
        (
            "recv",
            "recv(5, 10) = TimeoutError: timed out",
            "recvfrom(5, |NULL, 10, 0, NULL, NULL) = -1 EAGAIN (Resource temporarily unavailable)",
        ),
        ("recv", "recv(5, 10)", "recvfrom(5, |NULL, 10, 0, NULL, NULL) = ?"),
        ("recv", "recv(5, 10) = KeyboardInterrupt", "recvfrom(5, |NULL, 10, 0, NULL, NULL) = ?"),
        ("recv_into", 'recv_into(5, 9) = 3 "hey"', 'recvfrom(5, |"hey", 9, 0, NULL, NULL) = 3'),
        ("recvfrom", 'recvfrom(5, 9) = 1 "x" from 10.0.0.1:80', f'recvfrom(5, |"x", 9, 0, {ADDRESS}, [16]) = 1'),
        ("read", 'read(3</a, "b>, 9) = 0 ""', 'read(3, |"", 9) = 0'),
        ("send", 'send(5<UNIX>, "a) = 3", 6) = 6', 'sendto(5, "a) = 3", 6, 0, NULL, 0|) = 6'),
        ("sendall", 'sendall(5<TCP>, "ab"..., 72)', 'sendto(5, "ab"..., 72, 0, NULL, 0|) = 72'),
        ("sendto", 'sendto(5<UDP>, "x", 1, 10.0.0.1:80) = 1', f'sendto(5, "x", 1, 0, {ADDRESS}, 16|) = 1'),
        ("write", 'write(1<pipe:[3]>, "x\\n", 2) = 2', 'write(1, "x\\n", 2|) = 2'),
        (
            "accept",
            "accept(3<TCP h:1>) = 4<TCP 10.0.0.2:1->10.0.0.1:80>",
            f"accept4(3, |{ADDRESS}, [16], SOCK_CLOEXEC) = 4",
        ),
        ("accept", "accept(3<UNIX /x>) = 4<UNIX /x>", "accept4(3, |NULL, NULL, SOCK_CLOEXEC) = 4"),
        ("connect", "connect(3<TCP>, 10.0.0.1:80)", f"connect(3, {ADDRESS}, 16|) = 0"),
        ("connect", 'connect(3<UNIX>, "/x")', 'connect(3, {sa_family=AF_UNIX, sun_path="/x"}, 5|) = 0'),
        (
            "connect",
            "connect(3<TCP>, 10.0.0.1:80) = -1 ECONNREFUSED (Connection refused)",
            f"connect(3, {ADDRESS}, 16|) = -1 ECONNREFUSED (Connection refused)",
        ),
        (
            "connect_ex",
            "connect_ex(3<TCP>, 10.0.0.1:80) = 111 ECONNREFUSED (Connection refused)",
            f"connect(3, {ADDRESS}, 16|) = -1 ECONNREFUSED (Connection refused)",
        ),
        ("close", "close(3<pipe:[7]>)", "close(3|) = 0"),
        ("sleep", "sleep(1.5)", "clock_nanosleep(CLOCK_MONOTONIC, 0, {tv_sec=1, tv_nsec=500000000}, |NULL) = 0"),
        ("select", "select([3 4], [9], [], 0.1) = [3] [9] []", "select(10, [3 4], [9], [], NULL|) = 2"),
        (
            "waitpid",
            "waitpid(7, 0) = 7 exited with 3",
            "wait4(7, |[{WIFEXITED(s) && WEXITSTATUS(s) == 3}], 0, NULL) = 7",
        ),
        ("lock", "lock()", "futex(NULL, FUTEX_WAIT_PRIVATE, NULL, NULL|) = ?"),
        ("poll", "poll()", "poll(NULL, |NULL, NULL) = ?"),
        ("epoll", "epoll(4)", "epoll_wait(4, |NULL, NULL, NULL) = ?"),
        ("sendfile", "sendfile(4<TCP>, 3</a>, 0, 10) = 10", "sendfile(4, 3, 0, 10|) = 10"),
    ],
)
def test_words_become_system_calls(call, words, printed):
    begun, ended = split(words)
    assert begun + ended == words
    made = Call(call, begun, ended)
    assert Call(call, begun, "").known == made.known
    assert f"{made.name}({made.known}|{made.rest}) = {made.status}" == printed


@pytest.mark.parametrize(
    ("call", "words", "printed"),
    [
        ("recv", "recv(5)", "recvfrom(5, |NULL, NULL, NULL, NULL, NULL)"),
        ("read", "read(5)", "read(5, |NULL, NULL)"),
        ("send", "send(5)", "sendto(5, NULL, NULL, NULL, NULL, 0|)"),
        ("write", "write(5)", "write(5, NULL, NULL|)"),
        ("recvmsg", "recvmsg(5)", "recvmsg(5, NULL, NULL|)"),
        ("accept", "accept(5)", "accept4(5, |NULL, NULL, SOCK_CLOEXEC)"),
        ("connect", "connect(5)", "connect(5, NULL, NULL|)"),
        ("select", "select()", "select(NULL, NULL, NULL, NULL, NULL|)"),
        ("sleep", "sleep()", "clock_nanosleep(CLOCK_MONOTONIC, 0, NULL, |NULL)"),
        ("waitpid", "waitpid()", "wait4(NULL, |NULL, NULL, NULL)"),
        ("resolve", "resolve()", "getaddrinfo(NULL, NULL, NULL, NULL|)"),
        ("join", "join()", "futex(NULL, FUTEX_WAIT_PRIVATE, NULL, NULL|)"),
    ],
)
def test_what_is_not_known_is_not_made_up(call, words, printed):
    made = Call(call, words, " = ?")
    assert f"{made.name}({made.known}|{made.rest})" == printed
    assert made.status == "?"


def test_number_of_buffers_is_told():
    assert Call("sendmsg", "sendmsg(5, 12 bytes in 3)", "").known == "5, {msg_iovlen=3}, 0"


def test_started_thread_is_named_by_the_number_that_it_has():
    made = Call("start_thread", 'start_thread("worker")', " = coroutine 2", 4711)
    assert made.status == str(thread(4711, 2)) == "20004711"
    assert made.rest == " => {parent_tid=[20004711]}, 88"


@pytest.mark.parametrize(
    "words", ["", "recv", 'send(5<TCP>, "cut sho', "recv(5</a", "sleep(()", 'x(")', "read(3, 4) = "]
)
def test_words_that_were_cut_do_no_harm(words):
    for call in ("recv", "send", "sleep", "start_thread", "select", "waitpid", "accept", "other"):
        made = Call(call, *split(words))
        assert made.status


def test_result_stands_in_the_column_of_strace():
    writer = Writer(in_file=False)
    call = Call("close", "close(3)", "")
    writer.begin(1, 4711, 0.0, call)
    line = writer.begin(2, 4711, 0.0, call) + writer.end(2, 4711, 0.5, call, 0.5)
    assert line.splitlines()[0] == " <unfinished ...>"
    assert line.splitlines()[1].index("=") == 40


def test_another_call_leaves_a_line_unfinished():
    writer = Writer(in_file=True)
    call = Call("lock", "lock()", "")
    text = writer.begin(1, 10, 0.0, call) + writer.begin(2, 11, 0.1, call)
    text += writer.end(2, 11, 0.2, call, 0.1) + writer.end(1, 10, 0.3, call, 0.3) + writer.over(11, 0.4)
    first, second, third, fourth = text.splitlines()
    assert first.endswith("futex(NULL, FUTEX_WAIT_PRIVATE, NULL, NULL <unfinished ...>")
    assert second.startswith("11    ")
    assert second.endswith(") = ? <0.100000>")
    assert third.endswith(" <... futex resumed>) = ? <0.300000>")
    assert fourth.endswith(" +++ exited with 0 +++")
    assert writer.interrupt() == ""


def test_duration_that_is_not_known_is_left_out():
    writer, call = Writer(in_file=True), Call("close", "close(3)", "")
    writer.begin(1, 1, 0.0, call)
    assert writer.end(1, 1, 0.0, call, None).endswith("= 0\n")


def test_a_moment_before_the_full_second_is_not_rounded_up():
    assert ".999999 " in Writer(in_file=True).over(1, 12.9999999)
