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
