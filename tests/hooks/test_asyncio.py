"""`asyncio`: event loops wait by way of `selectors`, and each coroutine has a running loop of its own."""


def test_loop_in_main_parks(parks):
    parks("epoll", "import asyncio", "asyncio.run(asyncio.sleep(0.005))", briefly=True)


def test_two_loops_run_at_once(says):
    code = """
        import asyncio, threading
        async def work(name):
            for _ in range(3):
                await asyncio.sleep(0.002)
                assert asyncio.get_running_loop() is loops.setdefault(name, asyncio.get_running_loop())
            print(len(loops))
        loops = {}
        threads = [threading.Thread(target=lambda name=name: asyncio.run(work(name))) for name in "ab"]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
    """
    assert says(code) == ["2", "2"]


def test_no_loop_runs_in_other_threads(says):
    code = """
        import asyncio, threading
        async def main():
            thread = threading.Thread(target=lambda: print(asyncio._get_running_loop()))
            thread.start()
            thread.join()
            print(asyncio._get_running_loop() is asyncio.get_running_loop())
        asyncio.run(main())
    """
    assert says(code) == ["None", "True"]


def test_threads_work_for_a_loop(says):
    code = """
        import asyncio, time
        async def main():
            await asyncio.gather(*(asyncio.to_thread(time.sleep, 0.01) for _ in range(5)))
            print(await asyncio.to_thread(lambda: "done"))
        asyncio.run(main())
    """
    assert says(code) == ["done"]
