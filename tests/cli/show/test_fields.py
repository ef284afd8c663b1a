"""The columns: what they say of a run that goes on."""

from dataclasses import replace

import pytest
from sample_run import MS, SLEEP, sample

from ocoro.cli.recorded.model import CoroutineRecord
from ocoro.cli.show import fields


@pytest.mark.parametrize(
    ("state", "running", "wait", "late"), [("waiting", 40, 60, 0), ("ready", 40, 10, 50), ("running", 90, 10, 0)]
)
def test_what_a_coroutine_is_doing_is_counted_until_now(state, running, wait, late):
    record = CoroutineRecord(4, "worker-c", state, 150 * MS, None, 1, 10 * MS, 0, SLEEP, 200 * MS)
    values = {each.key: each.value(record, sample()) for each in fields.COROUTINE_FIELDS}
    assert (values["running"], values["wait"], values["late"]) == (running * MS, wait * MS, late * MS)


def test_quantile_is_at_most_the_longest():
    aggregate = replace(sample().aggregates[2], longest=19 * MS)
    assert fields.quantile(aggregate, 0.5) == 19 * MS


def test_columns_that_hold_nothing_are_left_out():
    run = sample()
    used = [each.key for each in fields.used(fields.SITE_FIELDS, run.aggregates[:1], run)]
    assert used == ["call", "calls", "waits", "wait", "late", "p50", "p99", "max", "place"]
