"""Makes recordings that say whatever they like, field by field, for tests of what reads and shows them.

`Recipe` has every field of the file: texts as bytes, numbers as the layout packs them. `written` lays them out.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from ocoro.runtime import layout
from ocoro.runtime.layout import BLOCK, COROUTINE, EVENT, HEADER, PAGE, PLACE, RECORDS, SUMS, TEXT_RECORD, TOTAL

BEGIN = 1000.0  # monotonic seconds at which the run starts
EPOCH = 1_795_428_900_000_000_000
FORGED = "FORGED"  # what stands behind each line end of those below
TEXTS = (
    b"\x1b]0;title\x07\x1b[2J\x1b[1;1H",
    b"\nFORGED: a line",
    b"\r\nFORGED\rFORGED",
    b"\x0bFORGED\x0cFORGED\x1cFORGED",
    "\x85FORGED\u2028FORGED\u2029FORGED".encode(),
    "\x9b31m\x9d0;t\x9c".encode(),
    "\u202eright to left\u202c".encode(),
    "\u2066a\u2067b\u2068c\u2069\u200f\u061c".encode(),
    "\U000e0041\u200b\ufeff\u00ad".encode(),
    b"\xff\xfe\x9b31m\xed\xa0\x80\xed\xb2\x80",  # no UTF-8; surrogates
    b"=cmd|'/C calc'!A0",
    b"+1+1",
    b"-1-1",
    b"@SUM(A1)",
    b"\t=1+1",
    b'","";"x"\nFORGED,1,2',
    b'"},{"forged":"x","a":"',
    b'"} 1\nFORGED{a="b',
    b"</script><script>alert(1)</script>",
    b"<img src=x onerror=alert(1)>&lt;",
    b"' onload='alert(1)",
    b"]]>;{%s}{0}$x${y}%n",
    b"[red]bold[/red] :smile:",
    b"a;b c 12",
    b"\\x1b[31m\\n\\",
    b"$(touch OBEYED) `touch OBEYED`",
    b"recv(3<x>) = 1 <0.1>)\nFORGED",
    b'("<',
    b"../../etc/passwd:1 x",
    b"x" * 3000,
    b" ",
)


@dataclass(frozen=True)
class SiteRecipe:
    """A site; the first three are texts, `sums` is as SUMS has it."""

    call: bytes
    file: bytes
    function: bytes
    line: int = 3
    sums: tuple[float, ...] = (2, 2, 0, 5, 0.02, 0.001, 0.01, 0.0, 0.0, BEGIN + 1)
    counts: tuple[tuple[int, int], ...] = ((300, 2),)


@dataclass(frozen=True)
class Recipe:
    """What a file is to say."""

    header: tuple[float, ...] = (layout.VERSION, PAGE, 4711, 0, EPOCH, BEGIN, layout.ENDED)
    description: tuple[tuple[bytes, bytes], ...] = ()
    totals: tuple[float, ...] = (BEGIN + 1, 0.5, 0.1, 0.2, 0.1, 0, 9, 1, 5, 3, 0)
    sites: tuple[SiteRecipe, ...] = ()
    coroutines: tuple[tuple[object, ...], ...] = ()  # as COROUTINE has them
    events: tuple[tuple[tuple[float, ...], bytes], ...] = ()  # as EVENT has them, and the call in words
    lengths: dict[bytes, int] = field(default_factory=dict)  # of blocks, where they are not as they should be


def plain(text: bytes = b"work") -> Recipe:
    """A run that is as it should be, with `text` for every text."""
    return everywhere((text,))


def everywhere(texts: tuple[bytes, ...] = TEXTS) -> Recipe:
    """A run in which every field that is a text is each of these once."""
    whole = b" ".join(text.replace(b"\0", b"") for text in texts if len(text) < 100)
    keys = (b"run", b"program", b"directory", b"python")
    description = [(key, whole) for key in keys] + [(b"command", b"\x1f".join(texts[:-2]) or whole)]
    sites = [
        site
        for text in texts
        for site in (
            SiteRecipe(text, b"/srv/" + text, text),
            SiteRecipe(b"recv", text, b"f"),
            SiteRecipe(
                b"blocked", b"/srv/" + text, text, sums=(1, 0, 0, 0, 0.0, 0.0, 0.0, 0.05, 0.02, BEGIN + 1), counts=()
            ),
            SiteRecipe(b"preempted", text, text, sums=(0, 3, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, BEGIN + 1), counts=()),
            SiteRecipe(
                b"rescued", b"/srv/" + text, text, sums=(1, 0, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, BEGIN + 1), counts=()
            ),
        )
    ]
    coroutines, events = [], []
    for at, text in enumerate(texts):
        number, site, start = at + 1, 5 * at + 1, BEGIN + 0.01 * at
        state = (layout.OVER, layout.WAITING, layout.READY, layout.RUNNING)[at % 4]
        times = (start, start + 0.5 if state == layout.OVER else 0.0, start + 0.4, 0.2, 0.01)
        coroutines.append((number, state, site, 3, *times, text[:40]))
        events += [
            ((start, start, start, number, 0, max(0, at), -1, layout.SPAWN, 0), b""),
            ((start, start + 0.002, start + 0.003, number, site, number + 1, 5, layout.WAIT, 0), text),
            (
                (start + 0.004, start + 0.004, start + 0.005, number, site + 1, 0, 5, layout.CALL, 0),
                b"recv(5<" + text + b">) = 1",
            ),
            ((start + 0.005, start + 0.005, start + 0.008, number, site + 2, 0, -1, layout.BLOCK_HELD, 2), b""),
            ((start + 0.008, start + 0.008, start + 0.008, number, site + 3, 0, -1, layout.PREEMPT, 0), b""),
            ((start + 0.009, start + 0.009, start + 0.009, number, 0, 0, -1, layout.END, 0), b""),
        ]
    return Recipe(
        description=tuple(description), sites=tuple(sites), coroutines=tuple(coroutines), events=tuple(events)
    )


def varied(recipe: Recipe, part: str, index: int, value: float) -> Recipe:
    """The recipe with one number exchanged; of sites, coroutines and events in the first."""
    if part == "sites":
        first = recipe.sites[0]
        site = replace(first, line=value) if index < 0 else replace(first, sums=_exchanged(first.sums, index, value))
        return replace(recipe, sites=(site, *recipe.sites[1:]))
    if part == "coroutines":
        return replace(recipe, coroutines=(_exchanged(recipe.coroutines[0], index, value), *recipe.coroutines[1:]))
    if part == "events":
        (numbers, text), *others = recipe.events[1:]
        return replace(recipe, events=((_exchanged(numbers, index, value), text), *others))
    return replace(recipe, **{part: _exchanged(getattr(recipe, part), index, value)})


def _exchanged(numbers: tuple, index: int, value: float) -> tuple:
    return (*numbers[:index], value, *numbers[index + 1 :])


def written(recipe: Recipe, path: Path) -> Path:
    """Write the file."""
    texts = _Texts()
    sites = b"".join(_site(each, texts) for each in recipe.sites)
    coroutines = b"".join(COROUTINE.pack(*each) for each in recipe.coroutines)
    events = b"".join(_event(numbers, text) for numbers, text in recipe.events)
    bodies = (
        (layout.TOTALS, TOTAL.pack(*recipe.totals)),
        (layout.TEXTS, bytes(texts.data)),
        (layout.SITES, sites),
        (layout.COROUTINES, coroutines),
        (layout.EVENTS, events),
    )
    lines = b"".join(
        key + b"=" + value.replace(b"\\", b"\\\\").replace(b"\n", b"\\n") + b"\n" for key, value in recipe.description
    )
    head = (
        HEADER.pack(layout.MAGIC, *recipe.header).ljust(layout.DESCRIPTION, b"\0")
        + lines[: PAGE - layout.DESCRIPTION - 1]
    )
    data = head.ljust(PAGE, b"\0")
    for tag, body in bodies:
        size = -(-(BLOCK.size + len(body)) // PAGE) * PAGE
        block = BLOCK.pack(tag, *RECORDS[tag], recipe.lengths.get(tag, size)) + body
        data += block.ljust(size, b"\0")
    path.write_bytes(data)
    return path


class _Texts:
    """The block of texts, which stands behind the header and the sums."""

    def __init__(self) -> None:
        self.data = bytearray()

    def add(self, text: bytes) -> int:
        offset = 2 * PAGE + BLOCK.size + len(self.data)
        self.data += text.replace(b"\0", b"") + b"\0"
        return offset


def _site(site: SiteRecipe, texts: _Texts) -> bytes:
    counts = [0] * layout.BUCKETS
    for bucket, count in site.counts:
        counts[bucket] = count
    place = PLACE.pack(texts.add(site.call), texts.add(site.file), texts.add(site.function), site.line)
    return place + SUMS.pack(*site.sums) + b"".join(map(layout.COUNT.pack, counts))


def _event(numbers: tuple[float, ...], text: bytes) -> bytes:
    """The event, and the records of its text behind it."""
    pieces = [text[at : at + 40] for at in range(0, len(text), 40)]
    if pieces:
        numbers = (*numbers[:-1], len(pieces))
    return EVENT.pack(*numbers) + b"".join(TEXT_RECORD.pack(piece, layout.TEXT, 0) for piece in pieces)
