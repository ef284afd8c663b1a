"""Do the benchmarks still run? Tiny sizes under plain python; nothing here asserts a speed."""

import json
import math
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIST = "from benchmarks.catalogue import BENCHMARKS; print(*(f'{b.name}={b.program}' for b in BENCHMARKS))"
NOT_BENCHMARKS = {"slow_server.py"}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)


def names_and_programs() -> dict[str, str]:
    return dict(pair.split("=") for pair in run("-c", LIST).stdout.split())


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    file = tmp_path_factory.mktemp("benchmarks") / "result.json"
    run("-m", "benchmarks", "--tiny", "--rounds=1", "--competitor=python", f"--json={file}")
    return json.loads(file.read_text())["rows"]


def test_every_figure_is_a_sane_number(rows: list[dict]) -> None:
    assert rows
    assert {row["benchmark"]: row["failures"] for row in rows if row["failures"]} == {}
    for row in rows:
        [value] = row["values"]["python"]
        assert isinstance(value, int | float), row
        assert math.isfinite(value), row
        assert value >= 0 or "memory" in row["figure"], row  # a few sleepers may fit into what was there before


def test_every_benchmark_has_its_rows(rows: list[dict]) -> None:
    needs_wrk = set() if shutil.which("wrk") else {"http-server", "http-server-keep"}
    assert {row["benchmark"] for row in rows} == set(names_and_programs()) - needs_wrk


def test_every_program_is_in_the_catalogue() -> None:
    programs = {path.name for path in (ROOT / "benchmarks" / "programs").glob("*.py")}
    assert set(names_and_programs().values()) == programs - NOT_BENCHMARKS


def test_table_and_progress_are_shown() -> None:
    shown = run("-m", "benchmarks", "--tiny", "--rounds=1", "--competitor=python", "--benchmark=locks")
    assert "lock, uncontended" in shown.stdout
    assert "1/1 locks python" in shown.stderr


def test_cost_of_recording_is_shown(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    variants = [f"--competitor={name}" for name in ("ocoro", "ocoro --no-record", "ocoro --trace")]
    benchmarks = [f"--benchmark={name}" for name in ("ping-pong-50", "http-server", "compute", "start-up", "locks")]
    shown = run("-m", "benchmarks", "--tiny", "--rounds=1", *variants, *benchmarks, f"--json={file}")
    assert "--trace / --no-record" in shown.stdout
    assert "locks ocoro --trace" not in shown.stderr
    rows = json.loads(file.read_text())["rows"]
    assert {row["benchmark"]: row["failures"] for row in rows if row["failures"]} == {}
    costs = {row["benchmark"]: row["costs"] for row in rows}
    assert costs.pop("locks") is None
    assert {"ping-pong-50", "compute", "start-up"} <= costs.keys()
    assert all(math.isfinite(ratio) and ratio > 0 for each in costs.values() for ratio in each.values())


WORKS = ["ping-pong-1", "ping-pong-50", "start+join", "http-close", "http-keep"]


@pytest.mark.parametrize("work", WORKS)
def test_cost_of_recording_within_one_process(work: str, tmp_path: Path) -> None:
    if work.startswith("http") and not shutil.which("wrk"):
        pytest.skip("wrk is not installed")
    recording = f"--output={tmp_path / 'run.ocoro'}"
    shown = run("-m", "ocoro", "run", "--report=none", recording, "benchmarks/recording_cost.py", work, "0.6")
    ratio = r"[0-9.]+ \([0-9.]+ to [0-9.]+, [1-9][0-9]* pairs\)"
    assert re.fullmatch(f"{re.escape(work)}: recording {ratio}, itself {ratio}\n", shown.stdout)
