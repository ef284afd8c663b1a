# ends: 1
# stderr: yes
"""An uncaught error of a child process, in a thread and in main."""

import subprocess
import threading

thread = threading.Thread(target=subprocess.run, args=(["/no/such/program"],))
thread.start()
thread.join()
subprocess.run(["sh", "-c", "exit 4"], check=True)
