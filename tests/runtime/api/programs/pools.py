"""Pools: sizes, keeping alive, cancelling, shutting down, forks."""

import os
import time

import ocoro

pool = ocoro.Pool(min=1, max=3, keep_alive=0.01)
running = []
most = []
sizes = []


def work(seconds):
    running.append(1)
    most.append(len(running))
    sizes.append(pool.size)
    ocoro.sleep(seconds)
    running.pop()
    return seconds


jobs = [pool.submit(work, 0.002) for _ in range(20)]
ocoro.wait_all(jobs, 20)
assert max(most) == max(sizes) == 3
while pool.size > 1:
    ocoro.sleep(0.01)
ocoro.sleep(0.05)
assert pool.size == 1

try:
    pool.submit(int, "x").result(10)
except ValueError:
    pass
assert pool.submit(int, "7").result(10) == 7

long = [pool.submit(work, 1000) for _ in range(5)]
ocoro.yield_now()
assert [job.state.value for job in long] == ["Running"] * 3 + ["Ready"] * 2
assert long[4].cancel() and long[0].cancel()
ocoro.wait_all([long[0], long[4]], 10)
assert [job.state.value for job in (long[0], long[4])] == ["Cancelled"] * 2
while long[3].state is not ocoro.State.RUNNING:
    ocoro.sleep(0.001)
assert pool.size == 3

for _ in range(50):  # the end of a job and its cancellation at the same moment do not hurt the next one
    first, second = pool.submit(int), pool.submit(ocoro.sleep, 0.001)
    long[1].cancel()
    first.cancel()
    second.result(10)

try:
    list(pool.map(lambda seconds: work(seconds), [0.001, 1000], timeout=0.05))
except TimeoutError:
    pass
pid = os.fork()
if not pid:
    assert pool.submit(pow, 2, 3).result(10) == 8
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
pool.shutdown(cancel=True)
assert all(job.done for job in long) and pool.size == 0
try:
    pool.submit(int)
except RuntimeError:
    pass
with ocoro.Pool(max=1) as pool:
    jobs = [pool.submit(work, 0.001) for _ in range(3)]
assert all(job.done for job in jobs)

pool = ocoro.Pool(max=1)
pool.submit(int).join(10)
(worker,) = [each for each in ocoro.coroutines() if each.name.startswith("pool")]
worker.cancel()
worker.join(10)
assert pool.submit(pow, 2, 2).result(10) == 4  # an idle worker that was cancelled is not counted on
for wrong in ((-1, 1), (2, 1), (0, 0)):
    try:
        ocoro.Pool(*wrong)
    except ValueError:
        continue
    raise AssertionError(wrong)
time.sleep(0)
print("done")
