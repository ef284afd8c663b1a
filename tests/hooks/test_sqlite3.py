"""`sqlite3`: a statement that waits for a lock, or takes long, suspends the coroutine only."""

import pytest

LOCKED = """
import sqlite3
a = sqlite3.connect("base", isolation_level=None, check_same_thread=False)
a.executescript("create table t (x); insert into t values (zeroblob(9));")
a.execute("begin immediate")
b = sqlite3.connect("base", timeout=30)
"""
READ = LOCKED.replace('a.execute("begin immediate")', 'a.execute("begin"); a.execute("select * from t").fetchall()')
LONG = "with recursive n(i) as (select 1 union all select i + 1 from n where i < {}) select {} from n"
MEMORY = "import sqlite3; a = sqlite3.connect(':memory:'); a.execute('create table t (x)')\n"
CURSOR = MEMORY + f"cursor = a.execute('{LONG.format(1000, 'i')}')"
FREE = "a.execute('commit')"


@pytest.mark.parametrize("who", ["b", "b.cursor()"])
def test_execute_parks(parks, who):
    parks("sqlite", LOCKED, f"{who}.execute('insert into t values (?)', (1,))", FREE)


@pytest.mark.parametrize("who", ["b", "b.cursor()"])
def test_executemany_parks(parks, who):
    call = f"assert {who}.executemany('insert into t values (?)', ((i,) for i in range(9))).rowcount == 9"
    parks("sqlite", LOCKED, call, FREE)


@pytest.mark.parametrize("who", ["b", "b.cursor()"])
def test_executescript_parks(parks, who):
    parks("sqlite", LOCKED, f"{who}.executescript('select 1; insert into t values (1);')", FREE)


@pytest.mark.parametrize("call", ["b.commit()", "b.__exit__(None, None, None)"])
def test_commit_parks(parks, call):
    parks("sqlite", READ + "b.execute('insert into t values (1)')", call, FREE)


def test_backup_parks(parks):
    parks("sqlite", LOCKED + "c = sqlite3.connect(':memory:')", "c.backup(b, sleep=0.001)", FREE)


def test_blobopen_parks(parks):
    parks("sqlite", LOCKED, "assert len(b.blobopen('t', 'x', 1)) == 9", FREE)


def test_long_statement_parks(parks):
    call = f"assert a.execute('{LONG.format(100_000, 'count(*)')}').fetchone() == (100_000,)"
    parks("sqlite", MEMORY, call, briefly=True)


def test_fetchall_parks(parks):
    parks("sqlite", CURSOR, "assert len(cursor.fetchall()) == 1000", briefly=True)


def test_fetchmany_parks(parks):
    parks("sqlite", CURSOR, "assert len(cursor.fetchmany(999)) == 999", briefly=True)


@pytest.mark.parametrize("call", ["cursor.fetchone()", "next(cursor)"])
def test_fetchone_parks(parks, call):
    """Once a row has taken long, the next one is fetched in a worker."""
    statement = f"select * from ({LONG.format(900_000, 'i')}) where i % 300000 = 0"
    before = MEMORY + f"cursor = a.execute('{statement}'); rows = []"
    call = f"\nfor _ in range(3): rows.append({call}[0])\nassert rows == [300_000, 600_000, 900_000]"
    parks("sqlite", before, call, "\nwhile len(rows) < 3: time.sleep(0.001)", briefly=True)


def test_rollback_parks(parks):
    parks("sqlite", MEMORY, "a.rollback()", briefly=True)


def test_close_parks(parks):
    parks("sqlite", MEMORY, "a.close()", briefly=True)


def test_serialize_parks(parks):
    parks("sqlite", MEMORY, "assert a.serialize()", briefly=True)


def test_deserialize_parks(parks):
    parks("sqlite", MEMORY + "data = a.serialize()", "a.deserialize(data)", briefly=True)


def test_alone_it_stays_on_the_thread(says):
    code = """
        import sqlite3
        from ocoro.runtime.instance import scheduler
        print(sqlite3.connect(":memory:").execute("select 1").fetchall(), scheduler.recorder.summary().calls)
    """
    assert says(code) == ["[(1,)] ()"]


def test_many_wait_for_one_lock(says):
    """More than a pool has workers, and the one that holds the lock needs a worker to free it."""
    code = """
        import sqlite3, threading
        a = sqlite3.connect("base", isolation_level=None)
        a.execute("create table t (x)")
        a.execute("begin immediate")
        begun = threading.Semaphore(0)
        def insert(number):
            connection = sqlite3.connect("base", timeout=60, isolation_level=None)
            begun.release()
            connection.execute("insert into t values (?)", (number,))
            connection.close()
        threads = [threading.Thread(target=insert, args=(number,)) for number in range(40)]
        for thread in threads: thread.start()
        for thread in threads: begun.acquire()
        a.execute("commit")
        for thread in threads: thread.join()
        print(a.execute("select count(*), sum(x) from t").fetchone())
    """
    assert says(code) == ["(40, 780)"]


def test_coroutines_take_turns_on_a_connection(says):
    code = """
        import sqlite3, threading
        a = sqlite3.connect(":memory:", check_same_thread=False)
        a.execute("create table t (x)")
        within = []
        def note(number):
            within.append(number)
            alone = len(within) == 1
            threading.Event().wait(0.001)
            within.remove(number)
            return alone
        a.create_function("note", 1, note)
        def insert(number):
            for _ in range(3): a.execute("insert into t values (note(?))", (number,))
        threads = [threading.Thread(target=insert, args=(number,)) for number in range(5)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        print(a.execute("select count(*), sum(x) from t").fetchone())
    """
    assert says(code) == ["(15, 15)"]


def test_interrupt_reaches_a_statement(says):
    code = f"""
        import sqlite3, threading
        a = sqlite3.connect(":memory:", check_same_thread=False)
        begun = threading.Event()
        a.create_function("begun", 0, begun.set)
        thread = threading.Thread(target=lambda: (begun.wait(), a.interrupt()))
        thread.start()
        try: a.execute("{LONG.format(10**12, "count(*)")} , (select begun())").fetchone()
        except sqlite3.OperationalError as error: print(error)
        thread.join()
    """
    assert says(code) == ["interrupted"]
