"""Headless Chromium, driven over the DevTools protocol by `--remote-debugging-pipe`: JSON messages that end with NUL,
to its file descriptor 3 and from its 4.
"""

import fcntl
import json
import os
import select
import shutil
from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE = 60  # seconds that an answer may take before the browser counts as hung


class Browser:
    """Headless Chromium; messages other than answers are kept in `events`."""

    def __init__(self, profile):
        down, to_browser = _high_pipe()
        from_browser, up = _high_pipe()
        arguments = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"]
        arguments += ["--remote-debugging-pipe", f"--user-data-dir={profile}", "--disable-dev-shm-usage"]
        actions = [(os.POSIX_SPAWN_DUP2, down, 3), (os.POSIX_SPAWN_DUP2, up, 4)]
        actions += [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
        environment = {**os.environ, "HOME": str(profile)}
        self.process = os.posix_spawn(CHROMIUM, arguments, environment, file_actions=actions, setpgroup=0)
        os.close(down)
        os.close(up)
        self.to_browser, self.from_browser = to_browser, from_browser
        self.rest, self.number, self.events = b"", 0, []

    def call(self, method, session=None, **parameters):
        """The result of a command."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.to_browser, json.dumps(message).encode() + b"\0")
        while (answer := self._read()).get("id") != self.number:
            self.events.append(answer)
        assert "error" not in answer, (method, answer["error"])
        return answer["result"]

    def wait_for(self, method, session):
        while not any((each["method"], each.get("sessionId")) == (method, session) for each in self.events):
            self.events.append(self._read())

    def _read(self):
        while b"\0" not in self.rest:
            assert select.select([self.from_browser], [], [], PATIENCE)[0], "the browser does not answer"
            data = os.read(self.from_browser, 1 << 20)
            assert data, "the browser has ended"
            self.rest += data
        message, _, self.rest = self.rest.partition(b"\0")
        return json.loads(message)

    def close(self):
        self.call("Browser.close")
        os.waitpid(self.process, 0)
        os.close(self.to_browser)
        os.close(self.from_browser)


def _high_pipe():
    """A pipe whose ends are neither 3 nor 4, as these are the browser's."""
    ends = os.pipe()
    high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends]
    for end in ends:
        os.close(end)
    return high


class Tab:
    """A page that is open."""

    def __init__(self, browser, path, width=1200, scripts=True):
        self.browser = browser
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "DOM"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.call("Page.navigate", url=Path(path).as_uri())
        browser.wait_for("Page.loadEventFired", self.session)

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def evaluate(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")
