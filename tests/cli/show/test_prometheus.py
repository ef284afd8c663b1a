"""The text exposition format: families, units, buckets, escapes."""

import re
from dataclasses import replace

import pytest
from sample_run import sample

from ocoro.cli.recorded.model import Site
from ocoro.cli.show.prometheus import BOUNDS, cumulated, text
from ocoro.cli.show.select import by_call, by_site


def exposed(run=None, group=by_call):
    run = run or sample()
    return text(run, group(run.aggregates)).splitlines()


def test_every_sample_belongs_to_the_family_above_it():
    family = kind = ""
    for line in exposed():
        if line.startswith("# HELP "):
            family = line.split()[2]
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            assert name == family
        else:
            name = re.match(r"[a-z_]+", line)[0]
            suffixes = ("_bucket", "_sum", "_count") if kind == "histogram" else ("",)
            assert name in {family + suffix for suffix in suffixes}
            assert family.endswith("_total") == (kind == "counter")


def test_families_are_in_base_units():
    lines = exposed()
    assert "ocoro_wall_seconds 0.25" in lines
    assert "ocoro_blocked_seconds 0.03" in lines
    assert 'ocoro_call_bytes_total{call="recv"} 512' in lines
    assert 'ocoro_wait_seconds_sum{call="lock"} 0.14' in lines


def test_buckets_are_cumulated():
    lines = exposed()
    assert 'ocoro_wait_seconds_bucket{call="lock",le="0.0078125"} 0' in lines
    assert 'ocoro_wait_seconds_bucket{call="lock",le="0.015625"} 1' in lines
    assert 'ocoro_wait_seconds_bucket{call="lock",le="0.0625"} 2' in lines
    assert 'ocoro_wait_seconds_bucket{call="lock",le="0.125"} 3' in lines
    assert 'ocoro_wait_seconds_bucket{call="lock",le="+Inf"} 3' in lines
    assert 'ocoro_wait_seconds_count{call="lock"} 3' in lines


def test_buckets_never_decrease():
    for aggregate in sample().aggregates:
        counts = cumulated(aggregate.histogram)
        assert counts == sorted(counts)
        assert len(counts) == len(BOUNDS)


def test_sites_are_labels():
    label = '{call="recv",file="/srv/app/main.py",line="40",function="fetch"}'
    assert f"ocoro_calls_total{label} 4" in exposed(group=by_site)


def test_labels_are_escaped():
    run = sample()
    run.aggregates = [replace(run.aggregates[0], site=Site(1, "sleep", 'a"b\\c\nd', 3, "f"))]
    assert 'ocoro_calls_total{call="sleep",file="a\\"b\\\\c\\nd",line="3",function="f"} 2' in exposed(run, by_site)


def test_run_without_calls_has_its_own_figures():
    lines = exposed(replace(sample(), aggregates=[]))
    assert "ocoro_switches_total 9" in lines
    assert not any("ocoro_calls" in line for line in lines)


@pytest.mark.parametrize("group", [by_call, by_site])
def test_prometheus_own_parser_reads_it(group):
    parser = pytest.importorskip("prometheus_client.parser", reason="prometheus_client is not installed (from PyPI)")
    families = {
        each.name: each for each in parser.text_string_to_metric_families("\n".join(exposed(group=group)) + "\n")
    }
    assert families["ocoro_wait_seconds"].type == "histogram"
    assert families["ocoro_calls"].type == "counter"
    counts = [each.value for each in families["ocoro_wait_seconds"].samples if each.name.endswith("_count")]
    assert sum(counts) == 6
