"""`sys`: frames and exceptions are told per coroutine, as they are per thread."""


def test_frames_of_all_threads_are_known(says):
    code = """
        import sys, threading
        def waiting():
            gate.wait()
        gate = threading.Event()
        threads = [threading.Thread(target=waiting) for _ in range(3)]
        for thread in threads: thread.start()
        frames = sys._current_frames()
        print(set(frames) == {thread.ident for thread in threading.enumerate()})
        print(frames[threading.get_ident()] is sys._getframe())
        print({frames[thread.ident].f_code.co_name for thread in threads})
        gate.set()
    """
    assert says(code) == ["True", "True", "{'wait'}"]


def test_exceptions_are_told_by_thread(says):
    code = """
        import sys, threading
        try:
            1 / 0
        except ZeroDivisionError as error:
            [(ident, told)] = sys._current_exceptions().items()
            print(ident == threading.get_ident(), (told[1] if isinstance(told, tuple) else told) is error)
    """
    assert says(code) == ["True True"]
