"""Replaces this process by the real interpreter, which runs the target as it always does.

Process id, standard streams, working directory and signals stay, and all that is added is one environment variable,
`OCORO_BOOT`, which names the process that it is for. `ocoro.pth` recognises it while the interpreter starts, and boot
takes it away again. The interpreter runs the target itself, so tracebacks, `__main__` and `sys.argv` are what they are
without ocoro.

Invariant: a program that was to run on coroutines never runs without. Where the start-up line would not be reached we
refuse.
"""

from __future__ import annotations

import os
import sys

from ocoro.cli import script
from ocoro.cli.errors import UsageError
from ocoro.cli.record import prepared_file, program_name, quoted
from ocoro.hooks.variable import NOTICES, REPORTER
from ocoro.startup import VARIABLE, is_reached, this_process

TYPE_CHECKING = False  # typing itself is not worth its import time here
if TYPE_CHECKING:
    from typing import NoReturn

    from ocoro.cli.argv import Arguments
    from ocoro.cli.options import Settings

FLAGS_THAT_ANSWER = frozenset("hV?")  # with these python prints something and runs no target
FLAGS_WITHOUT_USER_SITE = frozenset("sI")


def launch(arguments: Arguments, settings: Settings) -> NoReturn:
    """Never returns; UsageError when the target cannot be run on coroutines."""
    executable = settings.python and _find_executable(settings.python)
    if not arguments.target and not arguments.letters & FLAGS_THAT_ANSWER and _is_terminal(0):
        raise nothing_to_run()
    if arguments.script is not None and not os.path.lexists(arguments.script):
        executable = _use_console_script(arguments, arguments.script, executable)
    executable = executable or sys.executable
    check_start(executable, arguments.letters)
    offloaded = [value for name, value in arguments.options if name == "offload"]
    if offloaded and is_ours(executable):  # what another interpreter has is not known here
        from ocoro.cli.offloadable import check

        check(offloaded, _own_folder(arguments))
    environment = callers_environment()
    program = program_name(arguments.target)
    recording = prepared_file(settings, program) if _runs_something(arguments) else ""
    environment[VARIABLE] = boot_data(settings, program, recording)
    _execute(executable, [executable, *arguments.flags, *arguments.target], environment)


def _own_folder(arguments: Arguments) -> str:
    """Where the program's own modules are: beside its script, or in the current directory."""
    if arguments.script is None:
        return os.curdir
    path = os.path.realpath(arguments.target[0])
    return os.path.dirname(path) if path.endswith(".py") or not os.path.isdir(path) else path


def nothing_to_run() -> UsageError:
    """What is said where no program is named."""
    return UsageError(
        "there is nothing to run",
        "no target is given",
        "name a script, -m module, -c code, - for standard input, or a console script",
    )


def _runs_something(arguments: Arguments) -> bool:
    """Whether python will do more than answer, or say that there is no such file."""
    exists = arguments.script is None or os.path.lexists(arguments.target[0])
    return exists and not arguments.letters & FLAGS_THAT_ANSWER


def _execute(executable: str, command: list[str], environment: dict[str, str]) -> NoReturn:
    try:
        os.execve(executable, command, environment)
    except OSError as problem:
        raise UsageError(
            f"cannot start {executable}", problem.strerror or str(problem), "name an interpreter with --python"
        ) from None


def _use_console_script(arguments: Arguments, name: str, executable: str | None) -> str | None:
    """Put the script's path and flags in the place of its name; return the interpreter to use."""
    path = script.find_script(name)
    if path is None:
        if script.is_file_name(name):
            return executable  # python says best that there is no such file
        raise _not_found(name)
    wanted, flags = script.interpreter(path)
    arguments.target[0] = path
    arguments.flags[:0] = flags
    arguments.letters.update(letter for flag in flags for letter in flag[1:])
    return executable or wanted


def _not_found(name: str) -> UsageError:
    folders = dict.fromkeys([*os.get_exec_path(), *script.beside()])
    return UsageError(
        f"there is no script {name!r}",
        f"no such file in this folder, and no console script of that name in {', '.join(folders) or 'PATH'}",
        "name a file, a console script of an environment that has ocoro, or -m MODULE",
    )


def _is_terminal(fd: int) -> bool:
    """Whether python would read a program from there line by line; it takes anything else for a script."""
    try:
        return os.isatty(fd)
    except OSError:
        return False


def _find_executable(name: str) -> str:
    path = name if os.sep in name else script.find(name)
    if path and os.path.isfile(path) and os.access(path, os.X_OK):
        return path
    raise UsageError(
        f"there is no interpreter {name!r}",
        "no such executable file" if os.sep in name else "PATH leads to no such executable file",
        "give --python the path of a Python interpreter that has ocoro installed",
    )


def check_start(executable: str, letters: set[str]) -> None:
    """UsageError when the interpreter, started with these flags, would not enter ocoro."""
    if "S" in letters:
        raise UsageError(
            "ocoro cannot run a program with -S",
            "-S switches off the start-up files (ocoro.pth), and through these ocoro enters the interpreter",
            "leave out -S; -I and -E also isolate a program from its surroundings",
        )
    if not is_ours(executable):
        from ocoro.cli.probe import check_other

        check_other(executable, letters)
    elif not is_reached(user_site=not letters & FLAGS_WITHOUT_USER_SITE):
        user_site = is_reached() and "ocoro is in the user's site-packages, which -s and -I switch off"
        raise UsageError(
            "the program would run without ocoro",
            user_site or "there is no ocoro.pth in this interpreter's site-packages",
            "install ocoro into a virtual environment with 'pip install ocoro'",
        )


def is_ours(executable: str) -> bool:
    """Whether this names the running interpreter in its environment: the same file, by a link in the same folder."""
    return executable == sys.executable or _place(executable) == _place(sys.executable)


def _place(executable: str) -> tuple[str, str]:
    return os.path.realpath(os.path.dirname(os.path.abspath(executable))), os.path.realpath(executable)


def callers_environment() -> dict[str, str]:
    """What was handed to this process.

    In the C locale Python sets LC_CTYPE to C.UTF-8 for its children (PEP 538). The next interpreter must not inherit
    that: it would leave UTF-8 mode off, which it switches on in the C locale.
    """
    environment = dict(os.environ)
    if environment.get("LC_CTYPE") == "C.UTF-8" and not _was_inherited("LC_CTYPE"):
        del environment["LC_CTYPE"]
    return environment


def _was_inherited(name: str) -> bool:
    try:
        with open("/proc/self/environ", "rb") as file:
            return f"\0{name}=".encode() in b"\0" + file.read()
    except OSError:
        return True


def notices(settings: Settings) -> str:
    """The fields about what is told while the program runs: nothing by itself where there is no report."""
    is_quiet = settings.report == "none"
    on_deadlock = "ignore" if is_quiet and settings.on_deadlock == "warn" else settings.on_deadlock
    module = NOTICES if settings.dump_signal or not is_quiet else ""
    return (
        f"notices={module};stall={0 if is_quiet else settings.stall:g};on_deadlock={on_deadlock};"
        f"dump_signal={settings.dump_signal};"
    )


def boot_data(settings: Settings, program: str = "", recording: str = "") -> str:
    """What boot reads: fields with ";" between them."""
    reporter = "" if settings.report == "none" and not recording else REPORTER
    return (
        f"report={settings.report};no_hook={','.join(settings.no_hook)};offload={','.join(settings.offload)};"
        f"real_threads={int(settings.real_threads)};follow={int(settings.follow)};slice={settings.slice:g};"
        f"preempt={int(settings.preempt)};rescue={settings.rescue};{notices(settings)}"
        f"reporter={reporter};events={settings.events};"
        f"program={quoted(program)};record={quoted(recording)};"
        f"tracer={settings.tracer};tracing={quoted(settings.tracing)};process={this_process()}"
    )
