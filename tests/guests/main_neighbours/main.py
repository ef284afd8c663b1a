"""The program's own modules may have the names of the launcher's folders, or of anything the launcher needs."""

import cli
import click
import hooks
import rich
import runtime
import startup

for module in (cli, click, hooks, rich, runtime, startup):
    print(module.__name__, module.MINE, module.__file__)
