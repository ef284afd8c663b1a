"""The door through which ocoro enters an interpreter: `ocoro.pth` and `ocoro.start` lead here.

They are read whenever this Python starts, so they do nothing but look for one environment variable, and this module
imports nothing that is not there already.
"""

import os
import sys

VARIABLE = "OCORO_BOOT"
_started = False


def start() -> None:
    """Start the runtime and install the hooks when `ocoro run` launched this interpreter.

    The first call only: in a virtual environment `site` reads every start-up file twice.
    """
    global _started
    if VARIABLE in os.environ and not _started and _is_heard(os.environ[VARIABLE]):
        _started = True
        try:
            from ocoro.runtime import library

            library.booting[0] = True
            library.load("ocoro.hooks.boot").boot()
            library.booting[0] = False
        except Exception as problem:
            _refuse(problem)


def this_process() -> str:
    """What tells this process from all others: its number and when it was made, which stay as they are over execve."""
    return f"{os.getpid()}.{_status(os.getpid())[1]}"


def _is_heard(data: str) -> bool:
    """Whether the variable counts: with -E and -I only the launcher is heard, not who else sets variables.

    What the launcher gave to another process counts for its children if these are to follow.
    """
    if not sys.flags.ignore_environment:
        return True
    fields = data.split(";")
    first = next((field[8:] for field in fields if field.startswith("process=")), "")
    if first == this_process():
        return True
    number = os.getpid() if "follow=1" in fields else 0
    while number > 1:
        number, _ = _status(number)
        if first == f"{number}.{_status(number)[1]}":
            return f"{VARIABLE}={data}" in _environment(number)
    return False


def _status(number: int) -> tuple[int, str]:
    """The parent of the process with this number, and when it was made; 0 and nothing where that cannot be known."""
    try:
        with open(f"/proc/{number}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
        return int(fields[1]), fields[19].decode()
    except (OSError, ValueError, IndexError):
        return 0, ""


def _environment(number: int) -> list[str]:
    """The variables that a process of the same user was started with."""
    try:
        with open(f"/proc/{number}/environ", "rb") as file:
            return os.fsdecode(file.read()).split("\0")
    except OSError:
        return []


def is_reached(user_site: bool = True) -> bool:
    """Whether an interpreter like the running one passes by the start-up line.

    `user_site` is false for one that is told to leave out the user's own site-packages.
    """
    import site

    folders = site.getsitepackages()
    if user_site and site.ENABLE_USER_SITE:
        folders.append(site.getusersitepackages())
    return any(os.path.isfile(os.path.join(folder, "ocoro.pth")) for folder in folders)


def _refuse(problem: Exception) -> None:
    """End the process: `site` would print the error, go on, and run the program without ocoro."""
    hint = getattr(problem, "hint", "")
    if sys.flags.dev_mode and not hint:
        import traceback

        traceback.print_exception(problem)
    cause = " ".join((str(problem) if hint else f"{type(problem).__name__}: {problem}").split())
    hint = hint or "is it installed for this interpreter, with greenlet? -X dev shows the traceback"
    text = f"error: ocoro could not start\ncause: {cause}\nhint: {hint}\n"
    os.write(2, text.encode("utf-8", "backslashreplace"))
    os._exit(2)
