"""What tests ask of recordings, and a program that goes on until it is stopped."""

from ocoro.cli.recorded.reader import read

COUNTS = """\
import socket, threading, time
left, right = socket.socketpair()

def feed():
    while True:
        left.send(b"x")
        time.sleep(0.001)

threading.Thread(target=feed, daemon=True).start()
count = 0
while True:
    time.sleep(0.002)
    count += 1
    right.recv(1)
    print(count)
"""


def runs_in(folder):
    """What is recorded there; the first process first."""
    runs = [read(str(path)) for path in sorted(folder.glob("*.ocoro"))]
    assert all(run.problems == [] for run in runs)
    return sorted(runs, key=lambda run: run.parent != 0)


def of(run, call):
    """The aggregates of one kind of call, those with a place first."""
    found = [each for each in run.aggregates if each.site.call == call]
    return sorted(found, key=lambda each: not each.site.file)


def total(run, call, field):
    return sum(getattr(each, field) for each in of(run, call))


def read_until(process, number):
    """The last number that a program printed before it has printed this many lines."""
    for line in process.stdout:
        if int(line) >= number:
            return int(line)
    raise AssertionError("the program has ended")
