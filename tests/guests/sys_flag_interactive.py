# flags: -i -q
# stdin: answer + 1
# stdin: worker.name
# stdin: 1 / 0
# stdin: import threading, time
# stdin: t = threading.Thread(target=lambda: (time.sleep(0.01), print("in a thread")))
# stdin: t.start(); t.join()
# stdin: sorted(globals())
# stdin: raise SystemExit(answer)
# stderr: yes
# ends: 41
"""-i goes on with standard input after the script; the prompts are on stderr."""

import threading

answer = 41
worker = threading.Thread(target=print, args=("worker",), name="the worker")
worker.start()
worker.join()
