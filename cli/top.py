"""`ocoro top`: a live view of a running program, read from its recording; the program is neither stopped nor asked."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING

import click

from ocoro.cli import clicked
from ocoro.cli.live import screen, terminal
from ocoro.cli.live.keys import SORTS, Choice, decoded, pressed
from ocoro.cli.live.watched import Watched
from ocoro.cli.main import die_of
from ocoro.cli.recorded import runs
from ocoro.cli.show.argument import RunCommand
from ocoro.cli.show.page import COLORS, Page

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live

HELP = """\
Watch the coroutines of a running program.

RUN is a process id, last, -2 for the one before the last, a name or a part of one, or a file. Without one, the newest
run that still goes on is shown. Where the output is no terminal, the state of the moment is printed instead.
"""


def main(arguments: list[str]) -> int:
    """Return the exit status; UsageError when a run is meant that there is not."""
    return clicked.run(command(), arguments)


def command() -> click.Command:
    """The command as click sees it."""
    return RunCommand(
        "top",
        callback=_run,
        params=[
            click.Option(
                ["--interval"], type=click.FloatRange(0.1), default=0.5, metavar="SECONDS", help="Look this often."
            ),
            click.Option(["--sort"], type=click.Choice(SORTS), default=SORTS[0], help="Sort by this column."),
            click.Option(
                ["--top"], type=click.IntRange(0), default=0, metavar="N", help="N coroutines at most; 0: all."
            ),
            click.Option(["--once"], is_flag=True, help="Print the state of the moment and exit."),
            click.Option(["--color"], type=click.Choice(COLORS), default="auto", help="Whether to use colours."),
            click.Argument(["name"], metavar="[RUN]", required=False),
        ],
        help=HELP,
    )


def _run(interval: float, sort: str, top: int, once: bool, color: str, name: str | None) -> int:
    watched = Watched(runs.find(name, live=True))
    page = Page(sys.stdout, color)
    if once or not is_interactive():
        snapshot(watched, page, sort, top)
        return 0
    return _View(watched, page, interval, sort, top).show()


def is_interactive() -> bool:
    """Whether there is a terminal to draw on, and one that keys can be read from."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def snapshot(watched: Watched, page: Page, sort: str, top: int) -> None:
    """Print what there is to see now; the rates are those since the start."""
    run = watched.now
    for spans in screen.header(run, watched.rates(), has_blocks=page.has_blocks):
        page.line(*spans)
    page.line()
    page.table(screen.COLUMNS, screen.rows(screen.chosen(run, sort)[: top or None], run.directory))


class _View:
    """The loop that draws and listens."""

    def __init__(self, watched: Watched, page: Page, interval: float, sort: str, top: int) -> None:
        self.watched = watched
        self.interval = interval
        self.top = top
        self.choice = Choice(sort)
        self.has_blocks = page.has_blocks
        self.console = _console(page.colored)
        self.due = 0.0  # monotonic seconds at which to read again

    def show(self) -> int:
        """Return 0 when the user quits; end this process by the signal that ends it."""
        while True:
            try:
                with terminal.entered(sys.stdin.fileno()) as keyboard, self._live() as live:
                    self._loop(keyboard, live)
            except OSError:  # the terminal is gone
                die_of("SIGHUP")
            if keyboard.leave == signal.SIGTSTP:
                terminal.suspend()
            elif keyboard.leave:
                die_of(signal.Signals(keyboard.leave).name)
            else:
                return 0

    def _live(self) -> Live:
        from rich.live import Live

        return Live(console=self.console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)

    def _loop(self, keyboard: terminal.Terminal, live: Live) -> None:
        """Until the user quits, a signal says to leave, or the terminal is gone."""
        while not self.choice.is_over and not keyboard.leave:
            if time.monotonic() >= self.due and not self.choice.is_paused:
                self.watched.refresh()
                self.due = time.monotonic() + self.interval
            page = self._draw(live)
            data = keyboard.wait(self.interval if self.choice.is_paused else self.due - time.monotonic())
            if data is None:
                return
            for key in decoded(data):
                self.choice = pressed(self.choice, key, page)

    def _draw(self, live: Live) -> int:
        """Return how many rows there is room for."""
        run, (width, height) = self.watched.now, self.console.size
        shown = screen.chosen(run, self.choice.sort, self.choice.text)[: self.top or None]
        page = screen.page_of(run, height)
        self.choice = screen.within(self.choice, len(shown), page)
        now = self.watched.rates()
        live.update(screen.screen(run, now, self.choice, shown, width, height, self.has_blocks), refresh=True)
        return page


def _console(colored: bool) -> Console:
    from rich.console import Console

    return Console(no_color=not colored, color_system="standard", highlight=False, markup=False, emoji=False)
