"""Where a call was made, as short as it can be said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocoro.cli.show.units import printable

if TYPE_CHECKING:
    from ocoro.cli.recorded.model import Site

LEAST = 28  # columns in which most places can be told: .../connectionpool.py:534


def place(site: Site, directory: str) -> str:
    """`file:line function`, with the file as it is seen from the folder that the run was started in."""
    folder = directory.rstrip("/") + "/" if directory else ""
    return printable(site.place.removeprefix(folder))


def shorten(text: str, width: int) -> str:
    """The place in `width` columns if possible: first outer folders go, then the function, never the line."""
    path, _, function = text.partition(" ")
    parts = path.split("/")
    for first in range(1, len(parts)):
        short = ".../" + "/".join(parts[first:]) + " " + function
        if len(short.rstrip()) <= width:
            return short.rstrip()
    return parts[-1]
