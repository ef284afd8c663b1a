"""How the command line says no: three lines on standard error and exit status 2, never a traceback."""

from __future__ import annotations

import sys

from ocoro.cli.visible import visible


class UsageError(Exception):
    """The command line or an `OCORO_...` variable asks for what cannot be done; `hint` says what to do instead."""

    def __init__(self, error: str, cause: str, hint: str) -> None:
        super().__init__(error)
        self.lines = (error, cause, hint)

    def __str__(self) -> str:
        """Exactly three lines, whatever names and messages the texts quote."""
        return "\n".join(
            f"{label}: {visible(' '.join(text.split()))}"
            for label, text in zip(("error", "cause", "hint"), self.lines, strict=True)
        )


def complain(about: object) -> None:
    """Say it on standard error, as long as that takes anything: what matters is told by the exit status, too.

    A line, or the three of an error, whatever names it quotes.
    """
    if sys.stderr is not None:
        text = str(about) if isinstance(about, UsageError) else visible(str(about))
        try:
            print(text, file=sys.stderr, flush=True)
        except OSError:
            sys.stderr = None  # the interpreter would try once more at its end
