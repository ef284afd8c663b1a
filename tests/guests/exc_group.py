# ends: 1
# stderr: yes
"""Exception groups, in a thread and in main, and except*."""

import threading


def collect():
    errors = []
    for text in ("1", "two", "3.0"):
        try:
            int(text)
        except ValueError as error:
            errors.append(error)
    try:
        raise ExceptionGroup("numbers", errors)
    except* TypeError:
        print("no such")
    except* ValueError as group:
        print(group.exceptions)
        raise


thread = threading.Thread(target=collect, name="collector")
thread.start()
thread.join()
raise BaseExceptionGroup("outer", [ExceptionGroup("inner", [OSError(2, "text", "file")]), KeyboardInterrupt()])
