"""The contract of the hook files: what they declare exists, and nothing that blocks is passed over in silence.

`BLOCKING` is written down from Python's documentation: per patched module, every function that may hold its thread
until something outside happens. A method stands after its class. Each is in the hook file's REPLACES, or it or its
class is in LEAVES with the reason; and each that is replaced has a test that it parks.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
import sys
from pathlib import Path

import pytest

from ocoro.hooks.table import HOOKS

HERE = Path(__file__).parent
VERSION = sys.version_info[:2]
SOCKET = [
    *("recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into"),
    *("send", "sendall", "sendto", "sendmsg", "connect", "connect_ex"),
]
BLOCKING = {
    "_thread": ["lock.acquire", "RLock.acquire", "_shutdown", "_ThreadHandle.join"],
    "threading": [
        "Thread.join",
        "Condition.wait",
        "Condition.wait_for",
        "Event.wait",
        "Semaphore.acquire",
        "BoundedSemaphore.acquire",
        "Barrier.wait",
    ],
    "_imp": ["acquire_lock"],
    "time": ["sleep"],
    "sys": [],
    "faulthandler": [],
    "_signal": ["pause", "sigwait", "sigwaitinfo", "sigtimedwait"],
    "posix": [
        *("read", "readv", "pread", "preadv", "write", "writev", "pwrite", "pwritev", "sendfile", "splice"),
        *("copy_file_range", "eventfd_read", "eventfd_write", "getrandom", "open", "lockf", "system"),
        *("fsync", "fdatasync", "sync", "posix_fallocate", "wait", "wait3", "wait4", "waitid", "waitpid"),
    ],
    "fcntl": ["flock", "lockf", "fcntl", "ioctl"],
    "_io": [
        *("open", "open_code"),
        *(f"FileIO.{call}" for call in ("read", "readinto", "readall", "write")),
        *(f"BufferedReader.{call}" for call in ("read", "read1", "readinto", "readinto1", "readline", "peek")),
        *(f"BufferedWriter.{call}" for call in ("write", "flush", "close")),
        *("BufferedRandom.read", "BufferedRWPair.read", "TextIOWrapper.read", "TextIOWrapper.write"),
    ],
    "builtins": ["input", "print", "open", "breakpoint"],
    "readline": [],
    "_queue": ["SimpleQueue.get"],
    "queue": [
        "SimpleQueue.get",
        *(f"{kind}Queue.{call}" for kind in ("", "Lifo", "Priority") for call in ("get", "put")),
    ],
    "_socket": [
        *("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getnameinfo"),
        *("getservbyname", "getservbyport", "getprotobyname"),
        *(f"socket.{name}" for name in ["_accept", *SOCKET]),
    ],
    "socket": [
        *(f"socket.{name}" for name in SOCKET),
        *("socket._accept", "socket.makefile", "socket.sendfile", "socket.sendmsg_afalg"),
        *("create_connection", "getfqdn", "send_fds", "recv_fds"),
    ],
    "ssl": [
        *(f"SSLSocket.{call}" for call in ("do_handshake", "read", "write", "recv", "recv_into", "send", "sendall")),
        *(f"SSLSocket.{call}" for call in ("sendfile", "unwrap", "connect", "connect_ex", "accept")),
        *("SSLObject.do_handshake", "SSLContext.wrap_socket", "get_server_certificate"),
    ],
    "select": ["select", "poll", "epoll", "kqueue", "devpoll"],
    "selectors": ["DefaultSelector.select", "SelectSelector.select", "PollSelector.select", "EpollSelector.select"],
    "asyncio.events": [],
    "multiprocessing.synchronize": ["SemLock.acquire", "Condition.wait", "Condition.wait_for", "Event.wait"],
    "zlib": ["compress", "decompress", "crc32", "adler32", "Compress.flush", "Decompress.flush"],
    "bz2": ["compress", "decompress", "BZ2Compressor.compress", "BZ2Decompressor.decompress"],
    "lzma": ["compress", "decompress", "LZMACompressor.compress", "LZMADecompressor.decompress"],
    "_hashlib": [
        *("pbkdf2_hmac", "scrypt", "new", "openssl_sha256", "hmac_digest", "hmac_new", "HASH.update", "HMAC.update"),
        "file_digest",
    ],
    "ctypes": [],
    "resource": [],
    "_sqlite3": [
        *(f"Connection.{call}" for call in ("execute", "executemany", "executescript", "commit", "rollback", "close")),
        *(f"Connection.{call}" for call in ("backup", "blobopen", "serialize", "deserialize")),
        *(
            f"Cursor.{call}"
            for call in ("execute", "executemany", "executescript", "fetchone", "fetchmany", "fetchall")
        ),
        *("Blob.read", "Blob.write"),
    ],
}
CALLS = [(module, call) for module, calls in BLOCKING.items() for call in calls]
ONLY_IN = {  # names that some of the supported versions do not have, and those that do
    "_thread.lock": lambda version: version >= (3, 13),
    "_thread._ThreadHandle": lambda version: version >= (3, 13),
    "_thread.start_joinable_thread": lambda version: version >= (3, 13),
    "_thread._make_thread_handle": lambda version: version >= (3, 13),
    "_thread._get_main_thread_ident": lambda version: version >= (3, 13),
    "_thread._shutdown": lambda version: version >= (3, 13),
    "posix.setns": lambda version: version >= (3, 12),
    "posix.unshare": lambda version: version >= (3, 12),
    "threading._maintain_shutdown_locks": lambda version: version < (3, 13),
    "_thread._set_sentinel": lambda version: version < (3, 13),
}


def hook(module):
    return importlib.import_module(f"ocoro.hooks.{HOOKS[module]}")


REPLACED = [(module, name) for module in HOOKS for name in hook(module).REPLACES]


def test_blocking_calls_are_listed_for_every_module():
    assert list(BLOCKING) == list(HOOKS)


@pytest.mark.parametrize("module", HOOKS)
def test_hook_file_declares_both(module):
    file = hook(module)
    assert isinstance(file.REPLACES, dict)
    assert isinstance(file.LEAVES, dict)
    assert f"`{module.removeprefix('_')}`" in file.__doc__ or f"`{module}`" in file.__doc__


@pytest.mark.parametrize("module", HOOKS)
def test_every_omission_has_a_reason(module):
    assert all(isinstance(reason, str) and reason for reason in hook(module).LEAVES.values())
    assert not hook(module).LEAVES.keys() & hook(module).REPLACES.keys()


@pytest.mark.parametrize(("module", "name"), REPLACED)
def test_replaced_name_exists(module, name):
    place = importlib.import_module(module)
    for part in name.split("."):
        found = hasattr(place, part)
        place = getattr(place, part, None)
    expected = ONLY_IN.get(f"{module}.{name}", lambda version: True)(VERSION)
    assert found == expected


@pytest.mark.parametrize(("module", "call"), CALLS)
def test_blocking_call_is_replaced_or_left_for_a_reason(module, call):
    declared = hook(module).REPLACES.keys() | hook(module).LEAVES.keys()
    assert {call, call.split(".")[0]} & declared, f"{module}.{call} is passed over in silence"


def parking_tests(file):
    tree = ast.parse((HERE / f"test_{file}.py").read_text())
    names = [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return {match[1] for name in names if (match := re.fullmatch(r"test_(\w+)_parks", name))}


REPLACED = [(module, call) for module, call in CALLS if {call, call.split(".")[0]} & set(hook(module).REPLACES)]


@pytest.mark.parametrize(("module", "call"), REPLACED)
def test_replaced_call_has_a_test_that_it_parks(module, call):
    words = call.split(".")
    names = {call.replace(".", "_"), words[-1].lstrip("_")}
    if module == "_thread" and words[0].startswith("_"):
        names = {"Thread_join"}  # what threading makes of them
        assert names & parking_tests("threading")
    else:
        assert names & parking_tests(HOOKS[module])


DESCRIBE = """
import asyncio, importlib, json, sys

described = {}
for module, name in json.loads(sys.argv[1]):
    place = importlib.import_module(module)
    for part in name.split("."):
        place = getattr(place, part, None)
    facts = [repr(getattr(place, fact, None)) for fact in ("__name__", "__qualname__", "__doc__", "__module__")]
    if place is not None:
        described[f"{module}.{name}"] = facts
print(json.dumps(described))
"""


@pytest.fixture(scope="module")
def described(python, ocoro):
    """What every replaced name is called, plainly and under ocoro."""
    program = ["-c", DESCRIBE, json.dumps(REPLACED)]
    plain, hooked = python(*program), ocoro("--quiet", *program)
    assert (plain.err, hooked.err) == ("", "")
    return json.loads(plain.out), json.loads(hooked.out)


@pytest.mark.parametrize(("module", "name"), REPLACED)
def test_replacement_keeps_its_names(described, module, name):
    plain, hooked = (facts.get(f"{module}.{name}") for facts in described)
    assert hooked == plain


def test_replacements_are_in_place(says):
    code = """
        import asyncio, importlib
        from types import BuiltinFunctionType, MethodDescriptorType
        from ocoro.hooks.table import HOOKS
        for module in HOOKS:
            patched = importlib.import_module(module)
            hook = importlib.import_module("ocoro.hooks." + HOOKS[module])
            for name in hook.REPLACES:
                place = patched
                for part in name.split("."):
                    place = getattr(place, part, None)
                is_ours = place is vars(hook).get("IN_C", {}).get(name)
                if isinstance(place, (BuiltinFunctionType, MethodDescriptorType)) and not is_ours:
                    print(module, name)
    """
    assert says(code) == []
