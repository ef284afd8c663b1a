"""What CI runs of CPython's own tests: modules that touch the runtime most, in one interpreter, and no case is lost."""

from __future__ import annotations

import pytest
from interpreters import Interpreter

from conformance import exceptions
from conformance.__main__ import Loss, launcher, losses
from conformance.catalogue import key_of, library
from conformance.plain import Plain, default_folder
from conformance.process import Module
from conformance.verdict import compare

MODULES = [
    *("test_thread", "test_threading", "test_threading_local", "test_threadsignals", "test_queue"),
    *("test_select", "test_selectors", "test_epoll", "test_time"),
    *("test_subprocess", "test_popen", "test_fork1", "test_os", "test_posix", "test_pty", "test_fileio"),
    *("test_socketserver", "test_ssl", "test_httplib", "test_httpservers", "test_urllib2_localnet", "test_smtplib"),
    *(
        f"test_asyncio.test_{name}"
        for name in ("locks", "runners", "sock_lowlevel", "streams", "threads", "unix_events")
    ),
    *("test_contextlib", "test_generators", "test_sys_settrace", "test_sys_setprofile", "test_import", "test_atexit"),
]


@pytest.fixture(scope="session")
def with_tests(interpreters: list[Interpreter]) -> Interpreter:
    """The first interpreter that came with its tests; many distributions put them into a package of their own."""
    refusals = []
    for each in interpreters:
        try:
            library(each.path)
        except RuntimeError as error:
            refusals.append(str(error))
        else:
            return each
    raise RuntimeError("; ".join(refusals))


@pytest.mark.parametrize("module", MODULES)
def test_nothing_is_lost(with_tests: Interpreter, module: str) -> None:
    plain = Plain(with_tests.path, key_of(with_tests.path), default_folder())
    verdict = compare(plain, launcher(with_tests.path), Module(f"test.{module}"))
    exempt = exceptions.read(exceptions.FILE.read_text())
    lost = [loss for loss in losses({with_tests.version: [verdict]}, exempt) if loss.kind == "lost"]
    assert not lost, "\n".join(map(explained, lost))
    assert verdict.passed, f"plain python passes no case of {module}"


def explained(loss: Loss) -> str:
    return f"{loss}\n{loss.outcome.error}"
