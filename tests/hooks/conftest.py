"""Programs under ocoro for the tests of the hooks."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest

LIMIT = 10.0  # seconds one program may take
PARKS = Path(__file__).parent / "programs" / "parks.py"


@pytest.fixture
def says(ocoro, tmp_path):
    """`says(code)`: the lines that a program prints under ocoro; it must end well and write nothing to stderr."""

    def says(code, *options, **how):
        done = ocoro("--quiet", *options, "-c", dedent(code), cwd=tmp_path, limit=LIMIT, **how)
        assert (done.err, done.status) == ("", 0), done
        return done.out.splitlines()

    return says


@pytest.fixture
def parks(ocoro, tmp_path):
    """`parks(tally, before, call, meanwhile)`: the call suspends the main coroutine, and only that.

    Another coroutine does `meanwhile` while the main one is parked in `call`; with `briefly`, where a wait may be over
    by itself before that, the other one has to run before the call returns. The wait must be counted for `tally`.
    """

    def parks(tally, before, call, meanwhile="", briefly=False, **how):
        arguments = (dedent(before), dedent(call), dedent(meanwhile), "briefly" if briefly else "")
        done = ocoro("--quiet", str(PARKS), *arguments, cwd=tmp_path, limit=LIMIT, **how)
        assert (done.err, done.status) == ("", 0), done
        counts = json.loads(done.out.splitlines()[-1])
        assert counts.get(tally, 0) >= 1, counts

    return parks
