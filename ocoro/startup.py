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
    if VARIABLE in os.environ and not _started:
        _started = True
        try:
            from ocoro.hooks.boot import boot

            boot()
        except Exception as problem:
            _refuse(problem)


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
    if sys.flags.dev_mode:
        import traceback

        traceback.print_exception(problem)
    cause = " ".join(f"{type(problem).__name__}: {problem}".split())
    hint = "is it installed for this interpreter, with greenlet? -X dev shows the traceback"
    os.write(2, f"error: ocoro could not start\ncause: {cause}\nhint: {hint}\n".encode("utf-8", "backslashreplace"))
    os._exit(2)
