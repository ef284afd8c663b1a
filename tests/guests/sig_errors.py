"""What signal functions refuse, in a thread and in main."""

import signal
import threading


def attempt():
    for call, args in (
        (signal.signal, (signal.SIGUSR1, signal.SIG_DFL)),
        (signal.set_wakeup_fd, (-1,)),
        (signal.signal, (signal.SIGUSR1, "text")),
        (signal.signal, (0, signal.SIG_DFL)),
        (signal.signal, (signal.SIGKILL, signal.SIG_IGN)),
        (signal.getsignal, (999,)),
        (signal.raise_signal, (999,)),
        (signal.setitimer, (0, "text")),
        (signal.setitimer, (0, -1)),
        (signal.set_wakeup_fd, (999,)),
        (signal.sigtimedwait, ([], -1)),
    ):
        try:
            print(call.__name__, call(*args))
        except (ValueError, TypeError, OSError) as error:
            print(call.__name__, type(error).__name__, error)


attempt()
thread = threading.Thread(target=attempt)
thread.start()
thread.join()
