"""`faulthandler`: stacks are shown per coroutine, as they are per thread; and none of ours."""


def test_threads_of_ours_are_not_shown(says):
    code = """
        import faulthandler, socket, tempfile, threading
        threading.Thread(target=threading.Event().wait, daemon=True).start()
        socket.getaddrinfo("localhost", 1)
        with tempfile.TemporaryFile("w+") as file:
            faulthandler.dump_traceback(file)
            file.seek(0)
            text = file.read()
        print(text.count("hread 0x"), "ocoro" in text)
    """
    assert says(code) == ["2 False"]


def test_those_that_have_not_begun_and_real_ones_are_shown(says):
    code = """
        import _thread, faulthandler, tempfile
        from ocoro.runtime import originals
        lock = originals.allocate_lock()
        lock.acquire()
        begun = []
        def wait():
            begun.append(True)
            lock.acquire()
        originals.start_new_thread(wait, ())
        while not begun: originals.sleep(0.001)
        with tempfile.TemporaryFile("w+") as file:
            _thread.start_new_thread(id, (1,))
            faulthandler.dump_traceback(file)
            file.seek(0)
            text = file.read()
        print(text.count("<no Python frame>"), text.count("in wait"))
        lock.release()
    """
    assert says(code, "--no-preempt") == ["1 1"]


def test_c_code_that_keeps_the_interpreter_lock_is_shown(says):
    """Nobody but the interpreter's own watchdog can, and it comes later."""
    code = """
        import ctypes, faulthandler, tempfile, threading, time
        def holds():
            ctypes.PyDLL(None).usleep(2_000_000)
        with tempfile.TemporaryFile("w+") as file:
            faulthandler.dump_traceback_later(0.01, file=file)
            holds()
            faulthandler.cancel_dump_traceback_later()
            file.seek(0)
            text = file.read()
        print(text.count("Timeout"), text.count("in holds"))
    """
    for pure in ("", "1"):
        assert says(code, env={"OCORO_PURE_PYTHON": pure}) == ["1 1"]


def test_a_signal_shows_stacks_after_all_files_are_closed(says):
    """Ours among them: a daemon does that."""
    code = """
        import faulthandler, os, signal, tempfile, threading, time
        file = tempfile.TemporaryFile("w+")
        over = threading.Event()
        def waits():
            over.wait()
        threading.Thread(target=waits).start()
        faulthandler.register(signal.SIGUSR1, file=file)
        os.closerange(file.fileno() + 1, 1 << 16)
        time.sleep(0.01)  # the runtime's other files are made anew
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGUSR1)
            file.seek(0)
            text = file.read()
            print(text.count("Current thread"), text.count("in waits"), text.count("in <module>"))
        over.set()
    """
    for pure in ("", "1"):
        assert says(code, env={"OCORO_PURE_PYTHON": pure}) == ["1 1 1", "2 2 2"]


def test_a_thread_that_others_wait_for_is_shown_in_c_code(says):
    """Main waits, and the real threads of ours are left out."""
    code = """
        import ctypes, faulthandler, os, signal, tempfile, threading, time
        file = tempfile.TemporaryFile("w+")
        def holds():
            ctypes.CDLL(None).usleep(300_000)
        thread = threading.Thread(target=holds)
        faulthandler.register(signal.SIGUSR1, file=file)
        faulthandler.dump_traceback_later(0.05, file=file)
        thread.start()
        thread.join()
        file.seek(0)
        text = file.read()
        print(text.count("in holds"), text.count("in <module>"), "ocoro" in text)
    """
    for pure in ("", "1"):
        assert says(code, env={"OCORO_PURE_PYTHON": pure}) == ["1 1 False"]
