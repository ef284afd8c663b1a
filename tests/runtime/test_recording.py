"""The recording's file: prepared, mapped without an open fd, grown while there is room, read by others meanwhile."""

import errno
import os
import stat
from struct import unpack_from

import pytest

from ocoro.runtime import layout, originals
from ocoro.runtime import recording as recording_module
from ocoro.runtime.layout import (
    BLOCK,
    DESCRIPTION,
    ENDED,
    EVENTS_SIZE,
    HEADER,
    LIVE,
    MAGIC,
    PAGE,
    PREPARED,
    RECORDS,
    VERSION,
)
from ocoro.runtime.recording import Recording, discard, prepare, sibling, size_of

TAGS = [layout.TOTALS, layout.TEXTS, layout.SITES, layout.COROUTINES, layout.ASKED, layout.EVENTS]


@pytest.fixture
def path(tmp_path):
    """A prepared file."""
    path = str(tmp_path / "run.ocoro")
    prepare(path, PAGE)
    return path


@pytest.fixture
def recording(path):
    made = Recording(path, PAGE)
    yield made
    made.close()


@pytest.fixture
def full_disk(monkeypatch):
    """`full_disk()`: no file can grow any more. `full_disk(False)`: there is room again."""
    allocate = originals.allocate

    def refuse(fd, offset, length):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return lambda full=True: monkeypatch.setattr(originals, "allocate", refuse if full else allocate)


def content(path):
    with open(path, "rb") as file:
        return file.read()


def blocks(path):
    """Tag, size of a record and length of each block."""
    data, at, found = content(path), PAGE, []
    while at < len(data):
        tag, version, record, length = BLOCK.unpack_from(data, at)
        assert (version, record) == RECORDS[tag]
        assert at % PAGE == 0
        found.append((tag, record, length))
        at += length
    return found


def text_at(path, offset):
    return content(path)[offset:].partition(b"\0")[0].decode()


# -- the file ----------------------------------------------------------------------------------------------------------


def test_prepared_file_has_its_space_and_is_private(path):
    status = os.stat(path)
    assert (stat.S_IMODE(status.st_mode), status.st_size) == (0o600, size_of(PAGE))
    assert status.st_blocks * 512 >= status.st_size
    assert HEADER.unpack_from(content(path)) == (MAGIC, VERSION, PAGE, 0, 0, 0, 0.0, PREPARED)


def test_prepared_file_can_be_discarded_until_it_is_begun(path):
    recording = Recording(path)
    recording.begin(0, 0.0, {})
    discard(path)
    assert os.path.exists(path)
    recording.close()
    prepare(path, PAGE)
    discard(path)
    assert not os.path.exists(path)


def test_umask_does_not_matter(tmp_path):
    before = os.umask(0o777)
    try:
        prepare(str(tmp_path / "run.ocoro"), PAGE)
    finally:
        os.umask(before)
    assert stat.S_IMODE(os.stat(tmp_path / "run.ocoro").st_mode) == 0o600


def test_older_file_is_replaced_not_overwritten(tmp_path, path):
    os.link(path, tmp_path / "old")
    (tmp_path / "old").write_text("old")
    prepare(path, PAGE)
    assert (tmp_path / "old").read_text() == "old"
    assert os.stat(path).st_size == size_of(PAGE)


@pytest.mark.parametrize("kind", ["folder", "pipe", "link"])
def test_what_is_no_file_is_left_alone(tmp_path, kind):
    path = tmp_path / kind
    {"folder": os.mkdir, "pipe": os.mkfifo, "link": lambda path: os.symlink("nowhere", path)}[kind](path)
    before = os.lstat(path)
    with pytest.raises(OSError, match="not a regular file"):
        prepare(str(path), PAGE)
    assert os.lstat(path).st_ino == before.st_ino


def test_file_without_space_is_not_left_behind(tmp_path, full_disk):
    full_disk()
    with pytest.raises(OSError, match="No space left on device") as caught:
        prepare(str(tmp_path / "run.ocoro"), EVENTS_SIZE)
    assert caught.value.filename == str(tmp_path / "run.ocoro")
    assert os.listdir(tmp_path) == []


def test_file_that_is_gone_cannot_be_mapped(tmp_path):
    with pytest.raises(FileNotFoundError):
        Recording(str(tmp_path / "none.ocoro"), PAGE)


def test_file_that_somebody_records_into_is_refused(path, recording):
    recording.begin(0, 1.0, {})
    with pytest.raises(ValueError, match=r"run\.ocoro"):
        Recording(path, PAGE)


@pytest.mark.parametrize("keeps", [True, False])
def test_another_thread_takes_the_number_of_the_mapping(path, keeps, monkeypatch):
    """In the moment in which it is free, and for good or for a moment only."""
    taken, made = [], recording_module.mmap

    def overtaken(*args, **options):
        if not taken and options.get("trackfd", True):
            taken.append(os.open(os.devnull, os.O_RDONLY))
            memory = made(*args, **options)
            if not keeps:
                os.close(taken[0])
            return memory
        return made(*args, **options)

    monkeypatch.setattr(recording_module, "mmap", overtaken)
    before = os.listdir("/proc/self/fd")
    Recording(path, PAGE).close()
    if keeps and taken:
        os.close(taken[0])
    assert os.listdir("/proc/self/fd") == before


def test_no_fd_stays_open(path):
    before = os.listdir("/proc/self/fd")
    recording = Recording(path, PAGE)
    assert len(os.listdir("/proc/self/fd")) == len(before)
    recording.close()
    assert len(os.listdir("/proc/self/fd")) == len(before)


def test_close_leaves_a_file_alone_that_has_the_number_now(path, tmp_path):
    recording = Recording(path, PAGE)
    with open(tmp_path / "other", "w") as other:
        os.set_inheritable(other.fileno(), True)
        other.write("written")
        recording.close()
        assert os.get_inheritable(other.fileno())
    assert (tmp_path / "other").read_text() == "written"


def test_sibling_has_the_process_id_before_the_suffix():
    assert sibling("/runs/20261123T101500-work-1.ocoro", 23) == "/runs/20261123T101500-work-1.23.ocoro"
    assert sibling("run", 23) == "run.23.ocoro"


# -- what stands in it -------------------------------------------------------------------------------------------------


def test_blocks_fill_the_file(path, recording):
    assert [tag for tag, _, _ in blocks(path)] == TAGS
    assert {tag: record for tag, record, _ in blocks(path)} == {
        layout.TOTALS: layout.TOTAL.size,
        layout.TEXTS: 1,
        layout.SITES: layout.SITE_SIZE,
        layout.COROUTINES: layout.COROUTINE.size,
        layout.ASKED: layout.REQUEST.size,
        layout.EVENTS: layout.EVENT.size,
    }


def test_header_is_written_when_recording_begins(path, recording):
    recording.begin(7, 12.5, {"program": "a\\b\nc\0d", "directory": "/ho\udcffme"})
    data = content(path)
    magic, version, size, pid, parent, _, monotonic, state = HEADER.unpack_from(data)
    assert (magic, version, size, pid, parent, monotonic, state) == (MAGIC, 1, PAGE, os.getpid(), 7, 12.5, LIVE)
    description = data[DESCRIPTION:PAGE].partition(b"\0")[0]
    assert description == b"program=a\\\\b\\ncd\ndirectory=/ho\xffme\n"


def test_long_description_stays_in_the_header(path, recording):
    recording.begin(0, 1.0, {"command": "x" * 2 * PAGE})
    assert content(path)[PAGE - 2 : PAGE + 4] == b"x\0" + layout.TOTALS


def test_state_is_for_others_to_see(path, recording):
    recording.begin(0, 1.0, {})
    recording.set_state(ENDED)
    assert HEADER.unpack_from(content(path))[-1] == ENDED


def test_events_fill_their_block(path, recording):
    size = next(length for tag, _, length in blocks(path) if tag == layout.EVENTS)
    assert len(recording.events) == (size - BLOCK.size) // layout.EVENT.size
    assert recording.events[-1] + layout.EVENT.size <= len(recording.memory)


def test_text_is_kept_once(path, recording):
    first, second = recording.text("résumé"), recording.text("recv")
    assert (text_at(path, first), text_at(path, second)) == ("résumé", "recv")
    assert (recording.text("résumé"), recording.text("")) == (first, 0)


@pytest.mark.parametrize(("text", "kept"), [("a\0b", "ab"), ("\udcff", "\\udcff"), ("x" * 3000, "x" * 2048)])
def test_any_text_can_be_kept(path, recording, text, kept):
    assert text_at(path, recording.text(text)) == kept


# -- growth ------------------------------------------------------------------------------------------------------------


def test_texts_go_on_in_a_new_block(path, recording):
    offsets = {f"{number} {'x' * 1000}": 0 for number in range(200)}
    for text in offsets:
        offsets[text] = recording.text(text)
    assert [tag for tag, _, _ in blocks(path)] == [*TAGS, layout.TEXTS, layout.TEXTS, layout.TEXTS]
    assert all(text_at(path, offset) == text for text, offset in offsets.items())


def test_sites_are_numbered_as_they_stand_in_the_file(path, recording):
    for number in range(1, 201):
        memory, offset, given = recording.site()
        assert given == number
        layout.PLACE.pack_into(memory, offset, number, 0, 0, 0)
    data, at, found = content(path), PAGE, []
    for tag, record, length in blocks(path):
        if tag == layout.SITES:
            places = range(at + BLOCK.size, at + length - record + 1, record)
            found += [unpack_from("<Q", data, place)[0] for place in places]
        at += length
    assert found[:200] == list(range(1, 201))
    assert not any(found[200:])


def test_slots_run_out_and_more_can_be_had(path, recording):
    def taken():
        slots = iter(recording.slot, None)
        return len([layout.COUNT.pack_into(memory, offset, 1) for memory, offset in slots])

    first = taken()
    recording.more_slots()
    second = taken()
    recording.more_slots()
    assert first < second < taken()
    assert [tag for tag, _, _ in blocks(path)] == [*TAGS, layout.COROUTINES, layout.COROUTINES]


def test_without_room_the_process_has_the_memory(path, recording, full_disk):
    before = content(path)
    full_disk()
    numbers = [recording.site()[2] for _ in range(200)]
    recording.more_slots()
    assert recording.slot() is not None
    assert (numbers, content(path)) == (list(range(1, 201)), before)
    assert recording.failure == "No space left on device"


def test_without_room_texts_are_empty(recording, full_disk):
    full_disk()
    offsets = [recording.text(f"{number} {'x' * 1000}") for number in range(200)]
    assert 0 in offsets
    assert offsets[0] != 0


def test_file_that_could_not_grow_does_not_grow_later(path, recording, full_disk):
    """The numbers of later sites would be wrong."""
    full_disk()
    recording.more_slots()
    full_disk(False)
    for _ in range(200):
        recording.site()
    assert os.stat(path).st_size == size_of(PAGE)


def test_file_that_was_replaced_does_not_grow(path, recording):
    prepare(path, PAGE)
    recording.more_slots()
    assert recording.failure
    assert os.stat(path).st_size == size_of(PAGE)


def test_memory_of_the_process_needs_no_file():
    recording = Recording()
    assert [recording.site()[2] for _ in range(200)] == list(range(1, 201))
    assert recording.text("recv") > 0
    recording.more_slots()
    assert recording.slot() is not None
    recording.close()
