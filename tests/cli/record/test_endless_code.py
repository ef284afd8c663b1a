"""A program that makes code without end: places, not code objects, are what is recorded, and they are bounded.

So neither memory nor the file grows with templates, generated classes, reloaded modules or `exec`; and the address of
code that is gone is never taken for the code that came after it.
"""

import json
from textwrap import dedent

import pytest
from recordings import of

from ocoro.cli.recorded.reader import read
from ocoro.runtime import layout

PREAMBLE = """\
import gc, json, os, queue, socket, sys, threading, time

def made(name, file="/generated/code.py"):
    '''A new function, which makes the call it is given; a longer name stands in a later line.'''
    space = {}
    text = "\\n" * len(name) + f"def {name}(call, *args):\\n    return call(*args)\\n"
    exec(compile(text, file, "exec"), space)
    return space[name]

threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()
"""
MEASURE = """
def size():
    gc.collect()
    return len(gc.get_objects()), os.path.getsize(sys.argv[1])

sizes = []
for number in range(3601):
    if number % 1200 == 0:
        sizes.append(size())
    once(number)
print(json.dumps(sizes), flush=True)
os._exit(0)
"""
KINDS = {
    "sleeps": """
        def once(number):
            made("f" * (1 + number % 3))(time.sleep, 1e-6)
    """,
    "threads": """
        def once(number):
            thread = threading.Thread(target=made("f" * (1 + number % 3)), args=(time.sleep, 1e-6))
            thread.start()
            thread.join()
    """,
    "connections": """
        def once(number):
            left, right = socket.socketpair()
            threading.Thread(target=left.send, args=(b"x",)).start()
            made("f")(right.recv, 1)
            left.close()
            right.close()
    """,
    "timers": """
        def once(number):
            timer = threading.Timer(1e-6, made("f"), (int,))
            timer.start()
            timer.join()
    """,
    "files": """
        def once(number):
            made("f", f"/generated/{number}.py")(time.sleep, 1e-6)
    """,
}
ENDS = "\nprint('done', flush=True)\nos._exit(0)\n"


@pytest.fixture(params=["", "1"], ids=["C", "pure"])
def environment(request, environment):
    return environment | {"OCORO_PURE_PYTHON": request.param}


@pytest.mark.parametrize("kind", KINDS)
def test_neither_memory_nor_the_file_grows(ocoro, script, environment, tmp_path, kind):
    """Once as much code was seen as is kept, and as many places as have a site."""
    path, file = script(PREAMBLE + dedent(KINDS[kind]) + MEASURE), str(tmp_path / "run.ocoro")
    done = ocoro("--quiet", f"--output={file}", path, file, env=environment, limit=60)
    assert (done.err, done.status) == ("", 0)
    *_, (objects, size), (objects_later, size_later) = json.loads(done.out)
    assert size_later == size
    assert objects_later - objects < 100


def test_code_that_is_gone_is_not_taken_for_another(recorded):
    """Each of the three is made anew so often that addresses are used again; their names tell where the call stands."""
    code = """
for number in range(3000):
    made("f" * (1 + number % 3))(time.sleep, 1e-6)
"""
    run = recorded(PREAMBLE + code + ENDS)
    sites = {
        (each.site.function, each.site.line): each.waits
        for each in of(run, "sleep")
        if each.site.file == "/generated/code.py"
    }
    assert sites == {("f", 3): 1000, ("ff", 4): 1000, ("fff", 5): 1000}


def test_places_beyond_the_bound_are_counted_elsewhere(ran, folder):
    """And it is said that there are such."""
    code = f"""
for number in range({layout.MOST_PLACES} + 500):
    made("f", f"/generated/{{number}}.py")(time.sleep, 1e-6)
"""
    ran(PREAMBLE + code + ENDS)
    (run,) = [read(str(path)) for path in folder.glob("*.ocoro")]
    sleeps = of(run, "sleep")
    placed = [each for each in sleeps if each.site.file]
    assert layout.MOST_PLACES - 100 < len(placed) <= layout.MOST_PLACES
    assert sum(each.waits for each in sleeps) == layout.MOST_PLACES + 500
    assert [problem.partition(" or more")[0] for problem in run.problems] == ["calls were made at 2,048 places"]


def test_calls_in_one_line_have_one_site(recorded):
    code = "time.sleep(1e-6); time.sleep(1e-6)\n"
    run = recorded(PREAMBLE + code + ENDS)
    assert [each.waits for each in of(run, "sleep") if each.waits] == [2]
