"""multiprocessing with forkserver."""

import multiprocessing
import time


def square(number):
    return number * number


def work(pipe):
    pipe.send(__name__)
    pipe.close()


if __name__ == "__main__":
    context = multiprocessing.get_context("forkserver")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(theirs,))
    process.start()
    theirs.close()
    print(ours.recv())
    process.join()
    sleeper = context.Process(target=time.sleep, args=(0.01,))
    sleeper.start()
    sleeper.join()
    print(process.exitcode, sleeper.exitcode)
    with context.Pool(1) as pool:
        print(pool.map(square, range(4)))
