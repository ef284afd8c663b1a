"""Pipes between threads, raw and buffered: whole lines, end of file, broken pipe."""

import os
import threading
import time

reader, writer = os.pipe()
lines = []


def read():
    with open(reader) as file:
        lines.extend(file)


def write(file, name):
    for number in range(100):
        file.write(f"{name} {number} {'x' * 50}\n")
        file.flush()


thread = threading.Thread(target=read)
thread.start()
time.sleep(0.01)
with open(writer, "w") as file:
    writers = [threading.Thread(target=write, args=(file, name)) for name in "abc"]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
thread.join()
print(len(lines), {len(line.split()) for line in lines}, sorted(lines)[0], end="")
reader, writer = os.pipe()
os.close(reader)
try:
    os.write(writer, b"x")
except BrokenPipeError as error:
    print(error)
