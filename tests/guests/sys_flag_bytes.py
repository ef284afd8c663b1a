# flags: -b
# stderr: yes
"""-b warns of comparisons between bytes and text, also in a thread."""

import threading


def compare():
    print(b"a" == "a", str(b"a"))


compare()
thread = threading.Thread(target=compare)
thread.start()
thread.join()
