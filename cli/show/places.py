"""Where a call was made, as short as it can be said."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ocoro.cli.tracing.lines import short
from ocoro.cli.visible import visible

if TYPE_CHECKING:
    from ocoro.cli.recorded.model import Site

FROZEN = re.compile(r"<frozen ([\w.]+)>")
LEAST = 28  # columns in which most places can be told: .../connectionpool.py:534


def place(site: Site, directory: str) -> str:
    """`file:line function`, with the file as it is seen from the folder that the run was started in; see `short`."""
    return visible(short(directory, site.place))


def module(file: str) -> str:
    """The name of an installed or the standard library's module that this file is; empty for the program's own."""
    frozen = FROZEN.fullmatch(file)
    if frozen:
        return frozen[1]
    path = short("", file)
    if path == file:
        return ""
    parts = path.removesuffix(".py").removesuffix("/__init__").split("/")
    return ".".join(parts[parts[0].startswith("python3.") :])


def shorten(text: str, width: int) -> str:
    """The place in `width` columns if possible: first outer folders go, then the function, never the line."""
    path, _, function = text.partition(" ")
    parts = path.split("/")
    for first in range(1, len(parts)):
        short = ".../" + "/".join(parts[first:]) + " " + function
        if len(short.rstrip()) <= width:
            return short.rstrip()
    return parts[-1]
