# args: -v
# ends: 1
# stderr: yes
"""unittest.main: results, failures with tracebacks, threads inside tests."""

import threading
import time
import unittest
import unittest.runner

unittest.runner.time.perf_counter = lambda: 0.0


class Tests(unittest.TestCase):
    def test_thread(self):
        found = []
        thread = threading.Thread(target=lambda: (time.sleep(0.01), found.append(1)))
        thread.start()
        thread.join()
        self.assertEqual(found, [1])

    def test_fails(self):
        with self.subTest(number=1):
            self.assertEqual(threading.active_count(), 2)

    def test_error(self):
        thread = threading.Thread(target=time.sleep, args=(0,))
        thread.join()

    @unittest.skip("not now")
    def test_skipped(self):
        pass


if __name__ == "__main__":
    unittest.main()
