"""`-2` is the name of a run, wherever it stands."""

import click
import pytest

from ocoro.cli.show.argument import RunCommand


def parsed(*arguments):
    command = RunCommand(
        "stats",
        params=[
            click.Argument(["run"], required=False),
            click.Option(["--top"], type=int),
            click.Option(["--json"], is_flag=True),
        ],
    )
    return command.make_context("stats", list(arguments)).params


@pytest.mark.parametrize(
    ("arguments", "run", "top"),
    [
        (["-2"], "-2", None),
        (["-2", "--top", "3"], "-2", 3),
        (["--top", "3", "-12"], "-12", 3),
        (["--json", "-1"], "-1", None),
        (["--top", "-3"], None, -3),
        (["--top=4", "-3"], "-3", 4),
        (["--", "-3"], "-3", None),
        (["4711"], "4711", None),
        (["work"], "work", None),
        ([], None, None),
    ],
)
def test_number_with_a_minus_is_a_run(arguments, run, top):
    found = parsed(*arguments)
    assert (found["run"], found["top"]) == (run, top)


@pytest.mark.parametrize("arguments", [["-x"], ["-2", "-3"], ["-2", "--", "work"], ["--frob"]])
def test_anything_else_is_refused(arguments):
    with pytest.raises(click.UsageError):
        parsed(*arguments)
