"""Pages of the HTML export for tests: of the sample run, of one that is hostile, and of a large one."""

from dataclasses import replace
from io import BytesIO

from sample_run import HASH, MS, SLEEP, sample

from ocoro.cli.export import html
from ocoro.cli.recorded.model import CoroutineRecord, Event

HOSTILE = "</script><img src=x onerror=1><!--\" onload='alert(1)' \0\x1b[31m\udc80 &amp; ${x} $title"
NOTHING = "\N{EN DASH}"


def page_of(run):
    file = BytesIO()
    html.write(run, file)
    return file.getvalue().decode("utf-8")


def a_hostile_run():
    run = sample()
    site = replace(SLEEP, call=HOSTILE, file=f"/srv/app/{HOSTILE}", function=HOSTILE)
    run.program, run.directory, run.python, run.state, run.problems = HOSTILE, HOSTILE, HOSTILE, HOSTILE, [HOSTILE]
    run.command = (HOSTILE, HOSTILE)
    run.aggregates[0].site = site
    run.aggregates[4].site = replace(HASH, file=HOSTILE, function=HOSTILE)
    run.events = [replace(event, site=event.site and site, text=HOSTILE) for event in run.events]
    for record in run.coroutine_records:
        record.name, record.site = HOSTILE, site
    return run


def a_large_run(coroutines, events):
    """Every coroutine waits in turn, with a late moment each."""
    run = sample()
    run.wall = events * 10_000 + 10_000
    run.coroutines = run.coroutines_most = coroutines
    run.events = [
        Event("wait", i % coroutines + 1, max(0, i - coroutines + 1) * 10_000, i * 10_000, i * 10_000 + 9_000, SLEEP)
        for i in range(events)
    ]
    run.coroutine_records = [
        CoroutineRecord(i, f"worker-{i}", "ended", 0, run.wall, 20, run.wall // 2, MS, SLEEP, run.wall)
        for i in range(1, coroutines + 1)
    ]
    return run
