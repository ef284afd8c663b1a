"""What --by can ask for: the things that rows are about, their fields, and how they are ordered and cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ocoro.cli.errors import UsageError
from ocoro.cli.show import fields
from ocoro.cli.show.select import by_call, by_site

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ocoro.cli.recorded.model import Run
    from ocoro.cli.show.fields import Field


@dataclass(frozen=True, slots=True)
class View:
    """One way of dividing a run."""

    name: str
    plural: str  # the key in JSON
    fields: tuple[Field, ...]
    things: Callable[[Run, Sequence[Run]], Sequence[Any]]  # from the run, and the processes of its run


VIEWS = {
    view.name: view
    for view in (
        View("call", "calls", fields.CALL_FIELDS, lambda run, processes: by_call(run.aggregates)),
        View("site", "sites", fields.SITE_FIELDS, lambda run, processes: by_site(run.aggregates)),
        View("coroutine", "coroutines", fields.COROUTINE_FIELDS, lambda run, processes: run.coroutine_records),
        View("process", "processes", fields.PROCESS_FIELDS, lambda run, processes: processes),
    )
}


def check_sort(view: View, key: str) -> None:
    """UsageError unless the view has this field."""
    known = [field.key for field in view.fields]
    if key not in known:
        raise UsageError(
            f"--sort: there is no column {key!r}",
            f"by {view.name} the columns are {', '.join(known)}",
            f"for example --by={view.name} --sort={'wait' if 'wait' in known else 'wall'}",
        )


def ordered(view: View, things: Sequence[Any], run: Run, sort: str = "") -> list[Any]:
    """By the field `sort`: the largest number first, texts by the alphabet; as they are without it."""
    if not sort:
        return list(things)
    field = next(each for each in view.fields if each.key == sort)
    if not field.kind.is_number:
        return sorted(things, key=lambda thing: str(field.value(thing, run)))
    if field.kind is fields.NUMBER:
        return sorted(things, key=lambda thing: _number(field.value(thing, run)))
    return sorted(things, key=lambda thing: -_number(field.value(thing, run)))


def _number(value: fields.Value) -> float:
    return value if isinstance(value, int | float) else -1
