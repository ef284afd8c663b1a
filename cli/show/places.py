"""Where a call was made, as short as it can be said."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ocoro.cli.show.units import printable

if TYPE_CHECKING:
    from ocoro.cli.recorded.model import Site

# what comes before the name of an installed package, or before the standard library's folder
INSTALLED = re.compile(r".*/(?:(?:site|dist)-packages/|lib/(?=python3\.\d+/))")
LEAST = 28  # columns in which most places can be told: .../connectionpool.py:534


def place(site: Site, directory: str) -> str:
    """`file:line function`, with the file as it is seen from the folder that the run was started in.

    Of an installed package's file only what follows site-packages is shown, as in `requests/sessions.py`, and of the
    standard library's `python3.12/selectors.py`.
    """
    folder = directory.rstrip("/") + "/" if directory else ""
    return printable(INSTALLED.sub("", site.place.removeprefix(folder), count=1))


def shorten(text: str, width: int) -> str:
    """The place in `width` columns if possible: first outer folders go, then the function, never the line."""
    path, _, function = text.partition(" ")
    parts = path.split("/")
    for first in range(1, len(parts)):
        short = ".../" + "/".join(parts[first:]) + " " + function
        if len(short.rstrip()) <= width:
            return short.rstrip()
    return parts[-1]
