"""Runs another program with sockets and sleeps that count.

Usage: recorded_counting.py PROGRAM [ARGUMENTS]. A subclass takes the place of `socket.socket` and counts what its
methods return, whatever they are underneath; calls that raise are not counted. The last line is JSON: calls and bytes
by the names of the methods.
"""

import json
import runpy
import socket
import sys
import time

calls = {name: [] for name in ("accept", "connect", "recv", "recv_into", "send", "sendall", "sleep")}  # bytes of each


class CountingSocket(socket.socket):
    def accept(self):
        accepted = super().accept()
        calls["accept"].append(0)
        return accepted

    def connect(self, address):
        super().connect(address)
        calls["connect"].append(0)

    def recv(self, *args):
        data = super().recv(*args)
        calls["recv"].append(len(data))
        return data

    def recv_into(self, *args):
        size = super().recv_into(*args)
        calls["recv_into"].append(size)
        return size

    def send(self, data, *args):
        size = super().send(data, *args)
        calls["send"].append(size)
        return size

    def sendall(self, data, *args):
        super().sendall(data, *args)
        calls["sendall"].append(memoryview(data).nbytes)


def counting(sleep):
    def counted(seconds):
        sleep(seconds)
        calls["sleep"].append(0)

    return counted


socket.socket = CountingSocket
time.sleep = counting(time.sleep)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
print(json.dumps({name: {"calls": len(sizes), "bytes": sum(sizes)} for name, sizes in calls.items()}))
