"""Calls in the shape of `strace -f -tt -T`, made from the words of `ocoro.cli.tracing.decode`, live and recorded alike.

A call is printed when it begins. When another one begins or ends before it has ended, the line is left unfinished and
resumed later, as strace does. The kernel knows of no coroutines: each gets a number of its own in the place of the
thread's, which is the coroutine's number followed by the process id in seven digits; main's is the process id.
NULL stands for an argument that is not known, such as the address of a lock, and ? for such a result.
"""

from __future__ import annotations

from ocoro.runtime import originals

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Parts = tuple[str, str]  # the arguments that are known when the call begins, and the rest

RESULT_COLUMN = 40  # where the result begins at the least
DIGITS = 10_000_000  # process ids are below
MAIN = 1  # number of the main coroutine
UNKNOWN, NO_RESULT = "NULL", "?"  # an argument and a result that are not known
TIMED_OUT = "-1 EAGAIN (Resource temporarily unavailable)"  # as of a socket with SO_RCVTIMEO
CLONE = "{flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD}"
SYSTEM_CALLS = {
    "recv": "recvfrom",
    "recv_into": "recvfrom",
    "recvfrom_into": "recvfrom",
    "recvmsg_into": "recvmsg",
    "send": "sendto",
    "sendall": "sendto",
    "accept": "accept4",
    "connect_ex": "connect",
    "sleep": "clock_nanosleep",
    "waitpid": "wait4",
    "start_thread": "clone3",
    "join": "futex",
    "lock": "futex",
    "queue": "futex",
    "semaphore": "futex",
    "epoll": "epoll_wait",
    "resolve": "getaddrinfo",
}


def thread(pid: int, coroutine: int) -> int:
    """The number that stands for a coroutine of process `pid`."""
    return pid if coroutine <= MAIN else coroutine * DIGITS + pid


class Call:
    """One call as strace would print it; `begun` and `ended` are its words, `ended` empty if it returned nothing."""

    def __init__(self, call: str, begun: str, ended: str, pid: int = 0) -> None:
        self.name = SYSTEM_CALLS.get(call, call)
        arguments, outcome = _arguments(begun), _with_thread(ended.removeprefix(" = "), pid)
        is_error = call in FROM_OUTCOME and not _number(outcome)
        self.known, self.rest = TRANSLATED.get(call, _same)(arguments, "" if is_error else outcome)
        self.status = _status(call, outcome, arguments)


class Writer:
    """Puts the calls of all coroutines into lines. `in_file`: as strace does with -o, which writes numbers plainly."""

    def __init__(self, in_file: bool) -> None:
        self._prefix = "{:<5} " if in_file else "[pid {:>5}] "
        self._open: object = None  # the call whose line is not finished
        self._column = 0  # where that line ends

    def begin(self, key: object, number: int, clock: float, call: Call) -> str:
        """What is to be printed when a call begins, at `clock` (seconds since 1970)."""
        interrupted = self.interrupt()
        text = f"{self._stamp(number, clock)}{call.name}({call.known}"
        self._open, self._column = key, len(text)
        return interrupted + text

    def end(self, key: object, number: int, clock: float, call: Call, seconds: float | None) -> str:
        """What is to be printed when it ends, after `seconds` if they are known."""
        start, before = "", self._column
        if self._open is not key:
            start = f"{self._stamp(number, clock)}<... {call.name} resumed>"
            start, before = self.interrupt() + start, len(start)
        self._open = None
        arguments = f"{call.rest})"
        padding = " " * max(1, RESULT_COLUMN - before - len(arguments))
        took = "" if seconds is None else f" <{seconds:.6f}>"
        return f"{start}{arguments}{padding}= {call.status}{took}\n"

    def over(self, number: int, clock: float, status: str = "0") -> str:
        """The line of a coroutine that has ended, or of the process; a thread's status is always 0."""
        return f"{self.interrupt()}{self._stamp(number, clock)}+++ exited with {status} +++\n"

    def interrupt(self) -> str:
        """Leave the line that stands there unfinished."""
        is_open, self._open = self._open is not None, None
        return " <unfinished ...>\n" if is_open else ""

    def _stamp(self, number: int, clock: float) -> str:
        return f"{self._prefix.format(number)}{stamp(clock)} "


def stamp(clock: float) -> str:
    """Local time to the microsecond, which is cut and not rounded, so that it never is a second's millionth."""
    return f"{originals.strftime('%H:%M:%S', originals.localtime(clock))}.{int(clock % 1 * 1e6):06}"


# -- taking words apart ------------------------------------------------------------------------------------------------


def split(words: str) -> tuple[str, str]:
    """A call in words as its beginning, up to the closing parenthesis, and what came of it."""
    depth = 0
    for at, letter in _bare(words):
        depth += (letter == "(") - (letter == ")")
        if letter == ")" and not depth:
            return words[: at + 1], words[at + 1 :]
    return words, ""


def _arguments(begun: str) -> list[str]:
    """The arguments of `call(...)`, fds as plain numbers. A comma in brackets separates nothing."""
    text = begun.partition("(")[2].removesuffix(")")
    found, depth, start = [], 0, 0
    for at, letter in _bare(text):
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and not depth:
            found.append(text[start:at])
            start = at + 1
    found.append(text[start:])
    return [_fd(each.strip()) for each in found if each.strip()]


def _bare(text: str) -> Iterator[tuple[int, str]]:
    """The letters, with their positions, that stand neither in quotes nor in the description of an fd."""
    within = before = ""
    for at, letter in enumerate(text):
        if within == '"':
            escaped, before = before == "\\", "" if before == "\\" else letter
            within = within if escaped or letter != '"' else ""
        elif within:
            within = "" if letter == ">" and text[at + 1 : at + 2] in ("", ",", ")", " ") else within
        elif letter in '"<':
            within, before = letter, ""
        else:
            yield at, letter


def _fd(text: str) -> str:
    number, bracket, _ = text.partition("<")
    return number if bracket and number.isdigit() else text


def _with_thread(outcome: str, pid: int) -> str:
    """`coroutine 2` as the number that stands for it."""
    coroutine = outcome.removeprefix("coroutine ")
    return str(thread(pid, int(coroutine))) if coroutine != outcome and coroutine.isdigit() else outcome


def _number(outcome: str) -> str:
    """The whole number that an outcome begins with, or nothing."""
    number = outcome.partition(" ")[0].partition("<")[0]
    return number if number.isdigit() else ""


def _data(outcome: str) -> str:
    """The quoted data in an outcome such as `3 "abc"... from 10.0.0.1:53`."""
    first, last = outcome.find('"'), outcome.rfind('"') + 1
    dots = "..." if outcome.startswith("...", last) else ""
    return outcome[first:last] + dots if last else "NULL"


def _sockaddr(where: str) -> str:
    """An address as strace writes it."""
    if where.startswith('"'):
        return f"{{sa_family=AF_UNIX, sun_path={where}}}, {len(where) + 1}"
    host, _, port = where.rpartition(":")
    if not port.isdigit():
        return "NULL, NULL"
    if host.startswith("["):
        plain = host.strip("[]")
        return f'{{sa_family=AF_INET6, sin6_port=htons({port}), inet_pton(AF_INET6, "{plain}", &sin6_addr)}}, 28'
    return f'{{sa_family=AF_INET, sin_port=htons({port}), sin_addr=inet_addr("{host}")}}, 16'


def _filled(where: str) -> str:
    """An address that the kernel filled in, with its length."""
    sockaddr, comma, length = _sockaddr(where).rpartition(", ")
    return "NULL, NULL" if length == "NULL" else f"{sockaddr}{comma}[{length}]"


def _status(call: str, outcome: str, arguments: list[str]) -> str:
    """The result as strace has it."""
    if outcome.startswith("-1 "):
        return outcome
    if outcome.startswith("TimeoutError"):
        return TIMED_OUT
    if call == "sendall" and not outcome:
        return arguments[2] if len(arguments) > 2 else "?"
    if call == "connect_ex" and " " in outcome:
        return f"-1 {outcome.partition(' ')[2]}"
    if call == "select" and outcome.startswith("["):
        return str(len([each for each in outcome.replace("[", " ").replace("]", " ").split() if each.isdigit()]))
    return _number(outcome) or ("0" if call in RETURN_NOTHING and not outcome else "?")


# -- the arguments of each system call ---------------------------------------------------------------------------------


def _same(arguments: list[str], outcome: str) -> Parts:
    return ", ".join(arguments), ""


def _first(arguments: list[str], count: int = 1) -> str:
    """So many arguments; NULL for one that is not known."""
    return ", ".join(_rest(arguments, at) for at in range(count))


def _rest(arguments: list[str], number: int, default: str = UNKNOWN) -> str:
    return arguments[number] if len(arguments) > number else default


def _flags(arguments: list[str]) -> str:
    """0 of a call in words, which are without them; not known if there is nothing but the fd."""
    return "0" if len(arguments) > 1 else UNKNOWN


def _recv(arguments: list[str], outcome: str) -> Parts:
    sender = outcome.rpartition(" from ")[2] if " from " in outcome.rpartition('"')[2] else ""
    rest = f"{_data(outcome)}, {_rest(arguments, 1)}, {_flags(arguments)}, {_filled(sender)}"
    return f"{_first(arguments)}, ", rest


def _read(arguments: list[str], outcome: str) -> Parts:
    return f"{_first(arguments)}, ", f"{_data(outcome)}, {_rest(arguments, 1)}"


def _write(arguments: list[str], outcome: str) -> Parts:
    return _first(arguments, 3), ""


def _send(arguments: list[str], outcome: str) -> Parts:
    where = arguments[-1] if len(arguments) > 3 and not arguments[-1].isdigit() else ""
    return f"{_first(arguments, 3)}, {_flags(arguments)}, {_sockaddr(where) if where else 'NULL, 0'}", ""


def _message(arguments: list[str], outcome: str) -> Parts:
    if len(arguments) < 2:
        return f"{_first(arguments)}, {UNKNOWN}, {UNKNOWN}", ""
    _, several, count = arguments[1].partition(" in ")
    return f"{_first(arguments)}, {{msg_iovlen={count if several else 1}}}, 0", ""


def _accept(arguments: list[str], outcome: str) -> Parts:
    return f"{_first(arguments)}, ", f"{_filled(outcome.rpartition('->')[2].removesuffix('>'))}, SOCK_CLOEXEC"


def _connect(arguments: list[str], outcome: str) -> Parts:
    return f"{_first(arguments)}, {_sockaddr(_rest(arguments, 1, ''))}", ""


def _sleep(arguments: list[str], outcome: str) -> Parts:
    return f"CLOCK_MONOTONIC, 0, {_time(_rest(arguments, 0))}, ", "NULL"


def _time(text: str) -> str:
    try:
        nanoseconds = round(float(text) * 1e9)
    except (ValueError, OverflowError):
        return UNKNOWN
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return f"{{tv_sec={seconds}, tv_nsec={rest}}}"


def _wait(arguments: list[str], outcome: str) -> Parts:
    how, _, number = outcome.rpartition(" ")
    status = UNKNOWN
    if how.endswith("exited with"):
        status = f"[{{WIFEXITED(s) && WEXITSTATUS(s) == {number}}}]"
    elif how.endswith("killed by signal"):
        status = f"[{{WIFSIGNALED(s) && WTERMSIG(s) == {number}}}]"
    return f"{_first(arguments)}, ", f"{status}, {_rest(arguments, 1)}, NULL"


def _select(arguments: list[str], outcome: str) -> Parts:
    numbers = [
        int(each) for each in " ".join(arguments[:3]).replace("[", " ").replace("]", " ").split() if _number(each)
    ]
    count = max(numbers, default=-1) + 1 if arguments else UNKNOWN
    return f"{count}, {_first(arguments, 3)}, NULL", ""


def _lock(arguments: list[str], outcome: str) -> Parts:
    return "NULL, FUTEX_WAIT_PRIVATE, NULL, NULL", ""


def _poll(arguments: list[str], outcome: str) -> Parts:
    return "NULL, ", "NULL, NULL"


def _epoll(arguments: list[str], outcome: str) -> Parts:
    return f"{_first(arguments)}, ", "NULL, NULL, NULL"


def _resolve(arguments: list[str], outcome: str) -> Parts:
    return _first([], 4), ""


def _clone(arguments: list[str], outcome: str) -> Parts:
    return CLONE, f" => {{parent_tid=[{outcome}]}}, 88" if outcome else ", 88"


RECEIVE = ("recv", "recv_into", "recvfrom", "recvfrom_into")
MESSAGE = ("recvmsg", "recvmsg_into", "sendmsg")
FROM_OUTCOME = frozenset((*RECEIVE, "recvmsg", "recvmsg_into", "read", "accept", "waitpid", "start_thread"))
RETURN_NOTHING = frozenset(["sleep", "close", "connect"])
TRANSLATED: dict[str, Callable[[list[str], str], Parts]] = {
    **dict.fromkeys(RECEIVE, _recv),
    **dict.fromkeys(("send", "sendall", "sendto"), _send),
    **dict.fromkeys(MESSAGE, _message),
    **dict.fromkeys(("connect", "connect_ex"), _connect),
    **dict.fromkeys(("join", "lock", "queue", "semaphore"), _lock),
    "read": _read,
    "write": _write,
    "accept": _accept,
    "epoll": _epoll,
    "poll": _poll,
    "sleep": _sleep,
    "waitpid": _wait,
    "select": _select,
    "resolve": _resolve,
    "start_thread": _clone,
}
