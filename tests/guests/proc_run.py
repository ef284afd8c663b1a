"""subprocess.run in main and in threads: output, input, status, signals, time-outs."""

import subprocess
import sys
import threading


def attempt(*args, **kwargs):
    try:
        done = subprocess.run(*args, **kwargs)
        return done.returncode, done.stdout, done.stderr
    except subprocess.TimeoutExpired as error:
        return type(error).__name__, error.cmd, error.output
    except Exception as error:
        return type(error).__name__, str(error)


def show():
    pipes = {"capture_output": True, "text": True}
    return [
        attempt(["echo", "hello"], **pipes),
        attempt("echo out; echo err >&2; exit 3", shell=True, **pipes),
        attempt(["cat"], input="through cat", **pipes),
        attempt(["cat"], stdin=subprocess.DEVNULL, capture_output=True),
        attempt(["sh", "-c", "kill -TERM $$"]),
        attempt(["sh", "-c", "exit 5"], check=True),
        attempt(["sleep", "30"], timeout=0.02),
        attempt(["sh", "-c", "echo early; exec sleep 30"], timeout=0.1, **pipes),
        attempt(["/no/such/program"]),
        attempt([]),
        attempt(["true"], cwd="/no/such/folder"),
        attempt(["cat"], input="text", stdin=subprocess.PIPE),
        attempt([sys.executable, "-c", "import sys; sys.exit('bye')"], **pipes),
    ]


found = show()
for line in found:
    print(line)
answers = []
threads = [threading.Thread(target=lambda: answers.append(show() == found)) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(answers)
