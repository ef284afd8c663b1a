# stdin: where
# stdin: p total
# stdin: next
# stdin: step
# stdin: args
# stdin: up
# stdin: p threading.active_count()
# stdin: !import time; time.sleep(0.01)
# stdin: continue
# stdin: p threading.current_thread().name
# stdin: continue
"""breakpoint() in main and in a thread, with its commands on standard input."""

import threading


def add(left, right):
    return left + right


def work():
    breakpoint()
    print("in a thread")


total = 1
breakpoint()
total += 1
total = add(total, 3)
print(total)
thread = threading.Thread(target=work)
thread.start()
thread.join()
