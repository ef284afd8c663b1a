"""Recordings are read whole, cut, damaged, from the future: never an error, and what is missing is said."""

import math
import os
import random
import subprocess
import sys
from dataclasses import astuple, replace

import pytest

from ocoro.cli.errors import UsageError
from ocoro.cli.recorded.reader import KINDS, STATES, read
from ocoro.runtime import layout
from ocoro.runtime.layout import BLOCK, COROUTINE, EVENT, HEADER, PAGE, PLACE, SITE_SIZE, STATE_AT, SUMS

PROGRAM = """
import socket, threading, time
lock = threading.Lock()
def work():
    for _ in range(4):
        time.sleep(0.001)
        with lock:
            time.sleep(0.001)
threads = [threading.Thread(target=work, name=f"worker {number}") for number in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
left, right = socket.socketpair()
left.sendall(b"x" * 100)
right.recv(1000)
right.settimeout(0.001)
try: right.recv(1)
except TimeoutError: pass
"""
SEEDS = range(10)
CASES = 20  # of each seed
HUGE = 1 << 64


@pytest.fixture(scope="module")
def intact(tmp_path_factory):
    """The bytes of a recording of a real program, without the room that nobody used."""
    path = tmp_path_factory.mktemp("recording") / "run.ocoro"
    command = [sys.executable, "-m", "ocoro", "run", "--quiet", "--trace=64k", "-o", str(path), "-c", PROGRAM]
    assert subprocess.run(command, timeout=60).returncode == 0
    return path.read_bytes()


@pytest.fixture
def reads(tmp_path):
    """`reads(data)`: the run that these bytes say."""

    def reads(data):
        path = tmp_path / "run.ocoro"
        path.write_bytes(data)
        run = read(str(path))
        check(read(str(path), events=False))
        return run

    return reads


def blocks(data):
    """Tag -> offset of the first block of each kind."""
    found = {}
    for tag, at, _ in all_blocks(data):
        found.setdefault(tag, at)
    return found


def all_blocks(data):
    """Tag, begin and end of each block."""
    at = PAGE
    while at < len(data):
        tag, _, _, length = BLOCK.unpack_from(data, at)
        yield tag, at, at + length
        at += length


def patched(data, at, new):
    return data[:at] + new + data[at + len(new) :]


def is_used(data, at, size):
    return any(data[at : at + size])


def used(data, tag, size):
    """Offsets of the records of this kind that are in use."""
    return [
        each
        for its_tag, begin, end in all_blocks(data)
        if its_tag == tag
        for each in range(begin + BLOCK.size, end - size + 1, size)
        if is_used(data, each, size)
    ]


def check(run):
    """Every number is possible, every text can be printed."""
    assert run.wall == run.running + run.idle + run.blocked
    numbers = [run.wall, run.cpu, run.running, run.idle, run.blocked, run.started, run.pid, run.parent, run.dropped]
    numbers += [run.switches, run.preemptions, run.coroutines, run.coroutines_most, run.waits]
    for each in run.aggregates:
        numbers += [value for value in astuple(replace(each, site=None, histogram=None)) if value is not None]
        numbers += [each.histogram.total, each.histogram.quantile(0.5), each.site.line]
        assert each.site.call
    for each in run.coroutine_records:
        assert each.state in STATES.values()
        assert (each.ended is not None) == (each.state == "ended")
        numbers += [each.number, each.started, each.ended or 0, each.waits, each.wait, each.late, each.since]
        numbers.append(each.running(run.wall))
    for each in run.events:
        assert each.kind in KINDS.values()
        assert each.start <= each.ready <= each.end
        numbers += [each.start, each.end, each.coroutine, each.value]
    assert all(type(number) is int and 0 <= number < HUGE for number in numbers)
    assert [each.end for each in run.events] == sorted(each.end for each in run.events)
    assert 0.0 <= run.overlapped <= 1.0
    assert run.state in ("live", "ended", "killed")
    texts = [run.run_id, run.program, run.directory, run.python, *run.command, *run.problems, *run.names().values()]
    "".join([*texts, *(each.site.place for each in run.aggregates)]).encode()


def parts(run):
    """How much was read."""
    return len(run.aggregates), len(run.coroutine_records), len(run.events)


def problems_of(run):
    return "\n".join(run.problems)


def test_intact_recording_has_no_problems(reads, intact):
    run = reads(intact)
    check(run)
    assert (run.problems, run.state, run.dropped, run.program) == ([], "ended", 0, "command")
    assert parts(run)[1] == 5


def test_events_can_be_left_out(tmp_path, intact):
    path = tmp_path / "run.ocoro"
    path.write_bytes(intact)
    whole, without = read(str(path)), read(str(path), events=False)
    assert without.events == []
    assert without == replace(whole, events=[])


# -- cut ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_truncated_file_gives_what_is_left(reads, intact, seed):
    chance = random.Random(seed)
    for _ in range(CASES):
        run = reads(intact[: chance.randrange(HEADER.size, len(intact))])
        check(run)
        assert run.problems


def test_header_alone_is_one_sentence(reads, intact):
    assert problems_of(reads(intact[:PAGE])) == "nothing is left but the header"


def test_file_cut_at_each_block_gives_what_is_left(reads, intact):
    for at in blocks(intact).values():
        for end in range(at - 1, at + BLOCK.size + 2):
            run = reads(intact[:end])
            check(run)
            assert run.problems


def test_cut_file_tells_how_much_is_missing(reads, intact):
    assert problems_of(reads(intact[:-1000])) == "the file is cut short: 1,000 bytes are missing at its end"


def test_what_stands_before_the_cut_is_read(reads, intact):
    whole, cut = reads(intact), reads(intact[: blocks(intact)[layout.EVENTS]])
    assert (cut.wall, cut.idle) == (whole.wall, whole.idle)
    assert len(cut.coroutine_records) == len(whole.coroutine_records)
    assert problems_of(cut) == "the flight recorder is missing"


@pytest.mark.parametrize("size", [0, 1, len(layout.MAGIC), HEADER.size - 1])
def test_file_without_a_header_is_refused(reads, intact, size):
    with pytest.raises(UsageError, match="is no recording of ocoro"):
        reads(intact[:size])


# -- flipped bits ------------------------------------------------------------------------------------------------------


def flipped(data, chance, places):
    """The data with one to eight flipped bits, each in a byte of `places`."""
    result = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        result[chance.choice(places)] ^= 1 << chance.randrange(8)
    return bytes(result)


def places_of(data):
    """Bytes to damage, by what they belong to; the magic number stays, or it is no recording."""
    found = blocks(data)
    records = {
        "site": (layout.SITES, PLACE.size + SUMS.size, SITE_SIZE),
        "coroutine": (layout.COROUTINES, COROUTINE.size, COROUTINE.size),
        "event": (layout.EVENTS, EVENT.size, EVENT.size),
    }
    result = {
        "anywhere": range(len(layout.MAGIC), len(data)),
        "header": range(len(layout.MAGIC), HEADER.size),
        "description": range(layout.DESCRIPTION, layout.DESCRIPTION + 300),
        "blocks": [at + step for at in found.values() for step in range(BLOCK.size)],
        "lengths": [at + step for at in found.values() for step in range(8, 12)],
        "totals": range(found[layout.TOTALS] + BLOCK.size, found[layout.TOTALS] + BLOCK.size + layout.TOTAL.size),
        "texts": range(found[layout.TEXTS] + BLOCK.size, found[layout.TEXTS] + 500),
    }
    for name, (tag, size, whole) in records.items():
        result[name] = [at + step for at in used(data, tag, whole) for step in range(size)]
    return result


def count_of_texts(data):
    """Events that pass for the text of others."""
    at = blocks(data)[layout.EVENTS] + BLOCK.size
    kinds = (EVENT.unpack_from(data, each)[7] for each in range(at, len(data) - EVENT.size + 1, EVENT.size))
    return sum(kind == layout.TEXT for kind in kinds)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "where",
    ["anywhere", "header", "description", "blocks", "lengths", "totals", "texts", "site", "coroutine", "event"],
)
def test_flipped_bits_are_survived(reads, intact, where, seed):
    chance = random.Random(f"{where} {seed}")
    places = places_of(intact)[where]
    expected = parts(reads(intact))
    for _ in range(CASES // 4):
        data = flipped(intact, chance, places)
        run = reads(data)
        check(run)
        if where != "event" or count_of_texts(data) <= count_of_texts(intact):
            assert run.problems or all(map(int.__ge__, parts(run), expected))


@pytest.mark.parametrize("seed", SEEDS)
def test_random_bytes_behind_the_magic_number_are_survived(reads, seed):
    run = reads(layout.MAGIC + random.Random(seed).randbytes(5 * PAGE))
    check(run)
    assert run.problems


# -- single damages ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        (layout.TOTALS, "the sums of the run are missing"),
        (layout.TEXTS, "the names of calls and files are missing"),
        (layout.SITES, "the call and its place are missing"),  # of a second block nobody knows the numbers
        (layout.COROUTINES, "the coroutines are missing"),
        (layout.EVENTS, "the flight recorder is missing"),
    ],
)
def test_damaged_block_is_left_out_and_the_others_read(reads, intact, tag, said):
    whole, run = reads(intact), reads(patched(intact, blocks(intact)[tag], b"\xff\xff\xff\xff"))
    check(run)
    assert said in problems_of(run)
    assert "are damaged and left out" in problems_of(run)
    if tag != layout.EVENTS:
        assert len(run.events) == len(whole.events)
    if tag != layout.COROUTINES:
        assert len(run.coroutine_records) == len(whole.coroutine_records)
    if tag not in (layout.SITES, layout.TEXTS):
        assert len(run.aggregates) == len(whole.aggregates)


@pytest.mark.parametrize("factor", [0.25, 2, 1 << 20])
@pytest.mark.parametrize("tag", [layout.TOTALS, layout.TEXTS, layout.SITES, layout.COROUTINES])
def test_damaged_length_does_not_hide_the_next_block(reads, intact, tag, factor):
    at = blocks(intact)[tag]
    length = BLOCK.unpack_from(intact, at)[3]
    run = reads(patched(intact, at + 8, round(length * factor).to_bytes(8, "little")))
    check(run)
    assert "damaged" in problems_of(run)
    assert parts(run)[1:] == parts(reads(intact))[1:]


def test_damaged_sums_of_a_site_are_left_out(reads, intact):
    sites = used(intact, layout.SITES, SITE_SIZE)
    at = [site for site in sites if PLACE.unpack_from(intact, site)[1]][-1] + PLACE.size  # one that has a place
    values = list(SUMS.unpack_from(intact, at))
    values[4] = math.nan
    run = reads(patched(intact, at, SUMS.pack(*values)))
    check(run)
    assert "the sums of 1 call sites are damaged and left out" in run.problems
    assert len(run.aggregates) == len(reads(intact).aggregates) - 1


def test_damaged_event_is_left_out_and_counted(reads, intact):
    at = used(intact, layout.EVENTS, EVENT.size)[0]
    run = reads(patched(intact, at, EVENT.pack(5.0, 1.0, 7.0, 1, 1, 1, 1, layout.WAIT, 0)))
    assert run.problems == ["1 events are damaged and left out"]
    assert len(run.events) == len(reads(intact).events) - 1


def test_damaged_coroutine_is_left_out(reads, intact):
    at = used(intact, layout.COROUTINES, COROUTINE.size)[0]
    run = reads(patched(intact, at + 4, b"\x63\0\0\0"))
    assert run.problems == ["the records of 1 coroutines are damaged and left out"]
    assert len(run.coroutine_records) == len(reads(intact).coroutine_records) - 1


def test_damaged_start_counts_from_the_first_event(reads, intact):
    header = list(HEADER.unpack_from(intact))
    header[6] = math.inf
    run = reads(patched(intact, 0, HEADER.pack(*header)))
    check(run)
    assert run.problems == ["the time of the start is damaged; times are counted from the first event"]
    assert run.events[0].start == 0
    assert run.wall < reads(intact).wall


def test_unprintable_description_is_replaced(reads, intact):
    run = reads(patched(intact, layout.DESCRIPTION, b"program=\xff\xfe\n"))
    assert run.program == "\ufffd\ufffd"


def test_sites_behind_a_gap_are_not_taken_for_others(reads, intact):
    at = blocks(intact)[layout.SITES]
    length = BLOCK.unpack_from(intact, at)[3]
    whole, run = reads(intact), reads(patched(intact, at, b"\xff\xff\xff\xff") + intact[at : at + length])
    check(run)
    assert all(each.site is None for each in run.events)
    assert sorted(each.site.place for each in run.aggregates) == sorted(each.site.place for each in whole.aggregates)
    assert "the call and its place are missing" in problems_of(run)


# -- not yet, and of the future ----------------------------------------------------------------------------------------


def test_prepared_file_says_that_nothing_is_recorded(reads, intact):
    header = HEADER.pack(layout.MAGIC, layout.VERSION, PAGE, 0, 0, 0, 0.0, layout.PREPARED)
    run = reads(header + bytes(len(intact) - HEADER.size))
    check(run)
    assert run.problems == ["the process has not begun to record"]


def test_room_for_a_block_that_was_not_begun_is_no_damage(reads, intact):
    assert reads(intact + bytes(16 * PAGE)).problems == []


def test_unknown_block_is_skipped(reads, intact):
    unknown = BLOCK.pack(b"NEWS", 7, 24, PAGE) + bytes(PAGE - BLOCK.size)
    assert reads(intact + unknown) == reads(intact)


def test_block_of_an_unknown_version_is_left_out(reads, intact):
    at = blocks(intact)[layout.COROUTINES]
    run = reads(patched(intact, at + 4, b"\x02\0"))
    assert run.coroutine_records == []
    assert run.problems == [
        f"the block at byte {at:,} is of an unknown version, 2, and left out",
        "the coroutines are missing",
    ]


def test_newer_version_is_said(reads, intact):
    run = reads(patched(intact, len(layout.MAGIC), b"\x02\0"))
    assert run.problems == [
        "the file has format version 2 and this ocoro knows version 1; what it does not know is left out"
    ]
    assert parts(run) == parts(reads(intact))


def test_larger_header_of_a_newer_version_is_skipped(reads, intact):
    header = b"\x02\0" + (2 * PAGE).to_bytes(2, "little")
    run = reads(patched(intact[:PAGE] + bytes(PAGE) + intact[PAGE:], len(layout.MAGIC), header))
    assert "format version 2" in run.problems[0]
    assert len(run.coroutine_records) == 5


# -- states ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pid", "state"), [(os.getpid(), "live"), (0, "killed"), ((1 << 31) - 1, "killed")], ids=["own", "none", "no-such"]
)
def test_run_that_did_not_end_is_live_or_killed(reads, intact, pid, state):
    header = list(HEADER.unpack_from(patched(intact, STATE_AT, bytes([layout.LIVE]))))
    header[3] = pid
    run = reads(patched(intact, 0, HEADER.pack(*header)))
    check(run)
    assert run.state == state


LIMITED = "import os, resource, sys; resource.setrlimit(resource.RLIMIT_AS, (400 << 20,) * 2); os.execv({0!r}, {1!r})"


@pytest.mark.parametrize("command", [["stats"], ["trace"], ["top", "--once"]])
def test_no_more_memory_is_wanted_than_the_file_has(intact, tmp_path, command):
    """Where the size of the address space is limited, as in batch systems; and a file may be too large all the same."""
    path = tmp_path / "run.ocoro"
    path.write_bytes(intact)
    words = [sys.executable, "-P", "-m", "ocoro", *command, str(path)]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED.format(sys.executable, words)], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    os.truncate(path, 1 << 30)
    done = subprocess.run(
        [sys.executable, "-c", LIMITED.format(sys.executable, words)], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr.splitlines()[1]) == (2, "cause: there is not enough memory for it")


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(UsageError, match="No such file") as caught:
        read(str(tmp_path / "none.ocoro"))
    assert caught.value.lines[0].startswith("cannot read ")


@pytest.mark.parametrize("path", [__file__, "/dev/zero"])
def test_other_file_is_refused(path):
    with pytest.raises(UsageError, match="it does not begin as one"):
        read(path)


def test_folder_is_refused(tmp_path):
    with pytest.raises(UsageError, match="Is a directory"):
        read(str(tmp_path))
