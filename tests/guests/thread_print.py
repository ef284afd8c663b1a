"""Many threads print: every line whole in the end, as the text layer's lock promises."""

import sys
import threading


def say(number):
    for _ in range(20):
        sys.stdout.write(f"{number}" * 10 + "\n")


threads = [threading.Thread(target=say, args=(number % 10,)) for number in range(10)]
for thread in threads:
    thread.start()
    thread.join()
