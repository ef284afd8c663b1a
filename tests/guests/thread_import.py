"""Threads import at once: the same module, different modules, a cycle, one that fails."""

import importlib
import sys
import threading

NAMES = (
    "json csv zipfile tarfile difflib html.parser email.message xml.etree.ElementTree json wave csv plistlib".split()
)
barrier = threading.Barrier(len(NAMES))
found = []


def load(name):
    barrier.wait()
    found.append(importlib.import_module(name).__name__)


threads = [threading.Thread(target=load, args=(name,)) for name in NAMES]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(found), all(name in sys.modules for name in NAMES))


def fail():
    try:
        importlib.import_module("thread_import_missing")
    except ImportError as error:
        print(type(error).__name__, error)


thread = threading.Thread(target=fail)
thread.start()
thread.join()
