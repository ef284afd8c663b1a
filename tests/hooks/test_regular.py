"""Reading regular files: on the thread what the page cache has, in a worker what a disk is waited for."""

import pytest

BIG = 1 << 20
PROGRAM = """
import os, threading, time
from ocoro.runtime.instance import scheduler

data = os.urandom({size})
fd = os.open("file", os.O_RDWR | os.O_CREAT)
os.write(fd, data)
os.fsync(fd)
os.lseek(fd, 0, 0)
leave = threading.Event()
threading.Thread(target=leave.wait).start()

def forget():
    "Have the page cache forget the file, which it does a little later if at all."
    end = time.monotonic() + 3
    while time.monotonic() < end:
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        try:
            os.preadv(fd, [bytearray(9)], {size} // 2, os.RWF_NOWAIT)
        except BlockingIOError:
            return True
        except OSError:
            return False
        time.sleep(0.01)
    return False

def waits():
    scheduler.recorder.summary()
    return scheduler.recorder.tally("read").waits

for _ in range({tries}):
    os.lseek(fd, 0, 0)
    into = [bytearray({size} // 2) for _ in range(2)]
    begun = {begin}
    before = waits()
    got = {call}
    waited = waits() > before
    if waited:
        break
print(begun)
print(b"".join(into) == data if isinstance(got, int) else got == data, waited, os.lseek(fd, 0, 1))
leave.set()
"""
CALLS = {
    "os.read(fd, {size})": BIG,
    "os.pread(fd, {size}, 0)": 0,
    "os.readv(fd, into)": BIG,
    "os.preadv(fd, into, 0)": 0,
}


@pytest.mark.parametrize("call", CALLS)
def test_uncached_read_goes_to_a_worker(says, call):
    """Tried several times, as the look whether it is uncached may have the kernel read it meanwhile."""
    forgotten, *said = says(PROGRAM.format(call=call.format(size=BIG), size=BIG, begin="forget()", tries=20))
    if forgotten == "False":
        pytest.skip("the file system does not say what it has in memory (RWF_NOWAIT)")
    assert said == [f"True True {CALLS[call]}"]


@pytest.mark.parametrize("call", CALLS)
def test_cached_read_stays_on_the_thread(says, call):
    said = says(PROGRAM.format(call=call.format(size=BIG), size=BIG, begin="'cached'", tries=1))
    assert said == ["cached", f"True False {CALLS[call]}"]


@pytest.mark.parametrize("call", CALLS)
def test_partly_cached_read_is_whole(says, call):
    """The first half is in memory: it is read anew with the second one, as one call reads it."""
    begin = "forget() and len(os.pread(fd, 4096, 0)) == 4096"
    _, said = says(PROGRAM.format(call=call.format(size=BIG), size=BIG, begin=begin, tries=1))
    assert (said.split()[0], said.split()[2]) == ("True", str(CALLS[call]))


def test_read_at_the_end_of_a_file(says):
    """Less than asked for, and nothing: neither is taken for what a disk has to be asked for."""
    ends = "os.read(fd, 99) == data, os.read(fd, 9), os.pread(fd, 9, 5) == data[5:], os.readv(fd, into)"
    begin = f"({ends}, os.preadv(fd, into, 8), waits())"
    code = PROGRAM.format(size=10, begin=begin, call="os.preadv(fd, into, 0)", tries=1)
    assert says(code) == ["(True, b'', True, 0, 2, 0)", "True False 10"]


def test_errors_are_those_of_the_call(says, python, tmp_path):
    calls = [
        "os.read(99, 5)", "os.read(fd, -1)", "os.read(fd, 'x')", "os.pread(fd, 5, -1)", "os.pread(-1, 5, 0)",
        "os.readv(fd, 5)", "os.readv(fd, [b'x'])", "os.preadv(fd, ['x'], 0)",
        "os.preadv(fd, [bytearray(1)], 0, 1 << 30)",
        "os.pread(written, 1, 0)", "os.read(written, 1)", "os.rename('a')", "os.rename('a', 'b')", "os.unlink(5)",
        "os.mkdir('/proc/x')", "os.replace('a', 'b', src_dir_fd='x')", "os.listdir('a')", "os.truncate('a', 'b')",
    ]  # fmt: skip
    code = f"""
import os, threading
leave = threading.Event()
threading.Thread(target=leave.wait).start()
fd = os.open("file", os.O_RDWR | os.O_CREAT)
written = os.open("file", os.O_WRONLY)
for call in {calls!r}:
    try:
        print(call, eval(call))
    except Exception as error:
        print(call, repr(error))
leave.set()
"""
    assert says(code) == python("-c", code, cwd=tmp_path).out.splitlines()


REMOTE = """
import io, os, threading
from ocoro.hooks import regular
from ocoro.runtime.instance import scheduler

device = os.stat(".").st_dev
with open("mounts", "w") as file:
    file.write(f"22 27 {os.major(device)}:{os.minor(device)} / /srv rw,relatime shared:1 - KIND server:/srv rw\\n")
regular._MOUNTS = "mounts"
regular.NOWAIT = 1 << 30  # which the kernel does not know
regular._devices.clear()
data = os.urandom(100_000).replace(b"\\r", b"\\n")
with open("file", "wb") as file:
    file.write(data)
leave = threading.Event()
threading.Thread(target=leave.wait).start()

def waits():
    scheduler.recorder.summary()
    return scheduler.recorder.tally("read").waits

with open("file", MODE) as file:
    print(file.read(10) == data[:10], waits() > 0, file.seek(0), file.read() == data, file.tell())
leave.set()
"""


@pytest.mark.parametrize("mode", ["'rb'", "'r', encoding='latin-1'", "'rb', buffering=0"])
@pytest.mark.parametrize(("kind", "waits"), [("nfs4", True), ("fuse.sshfs", True), ("ext4", False)])
def test_file_of_another_machine_is_read_in_a_worker(says, mode, kind, waits):
    code = REMOTE.replace("MODE", mode).replace("KIND", kind)
    if "latin" in mode:
        code = code.replace("== data", "== data.decode('latin-1')").replace("data[:10]", "data[:10].decode('latin-1')")
    assert says(code) == [f"True {waits} 0 True 100000"]
