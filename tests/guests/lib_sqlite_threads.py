"""sqlite3 beside other threads: whose connection it is, locks, callbacks, adapters, errors, warnings."""

import contextvars
import datetime
import os
import sqlite3
import sys
import tempfile
import threading
import traceback
import warnings


class Adapted:
    def __conform__(self, protocol):
        return f"{protocol.__name__} in {threading.current_thread().name}"


class Own(sqlite3.Connection):
    def cursor(self, factory=sqlite3.Cursor):
        return super().cursor(factory)


class Uninitialised(sqlite3.Connection):
    def __init__(self):
        pass


def attempt(*calls):
    for call in calls:
        try:
            print(type(call()).__name__)
        except sqlite3.Error as error:
            print(type(error).__name__, str(error).partition(" id ")[0])


def in_thread(function, *args, name="thread"):
    thread = threading.Thread(target=function, args=args, name=name)
    thread.start()
    return thread


def insert(path, name):
    connection = sqlite3.connect(path, timeout=60)
    local.name = variable.set(name) and name
    connection.create_function("me", 0, me)
    with connection:
        connection.execute("insert into names values (me())")
    connection.close()


def me():
    return f"{threading.current_thread().name} {local.name} {variable.get()}"


local = threading.local()
variable = contextvars.ContextVar("variable")
end = threading.Event()
beside = in_thread(end.wait)

connection = sqlite3.connect(":memory:", factory=Own)
cursor = connection.execute("select 1 union select 2 union select 3")
print(
    type(connection) is Own, type(cursor) is sqlite3.Cursor, isinstance(sqlite3.connect(":memory:"), sqlite3.Connection)
)
print(type(sqlite3.connect(":memory:")) is sqlite3.Connection, sqlite3.Connection, sqlite3.Cursor, next(cursor))
other = connection.cursor()
calls = [
    connection.cursor,
    connection.commit,
    connection.close,
    connection.__enter__,
    cursor.fetchone,
    cursor.fetchall,
    cursor.close,
    lambda: connection.execute("select 1"),
    lambda: other.execute("select 1"),
    lambda: sqlite3.Cursor(connection),
    lambda: connection.create_function("f", 0, int),
    lambda: list(cursor),
    lambda: connection.backup(connection),
]
in_thread(attempt, *calls).join()
print(cursor.fetchone(), cursor.fetchmany(5), connection.in_transaction)
connection.close()
attempt(*calls)
attempt(Uninitialised().cursor, lambda: Uninitialised().execute("select 1"))

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "base")
    first = sqlite3.connect(path, isolation_level=None)
    first.execute("create table names (name)")
    first.execute("begin immediate")
    threads = [in_thread(insert, path, f"{number:02}", name=f"thread {number}") for number in range(8)]
    first.execute("insert into names values ('first')")
    first.execute("commit")
    for thread in threads:
        thread.join()
    print(sorted(first.execute("select * from names")))
    first.execute("begin exclusive")
    second = sqlite3.connect(path, timeout=0.01)
    try:
        second.execute("insert into names values ('second')")
    except sqlite3.OperationalError as error:
        traceback.print_exc(file=sys.stdout)
        print(error.sqlite_errorname)
    first.close()
    second.close()

connection = sqlite3.connect(":memory:", detect_types=sqlite3.PARSE_DECLTYPES)
connection.row_factory = lambda cursor, row: (len(cursor.description), *row)
connection.create_collation("backwards", lambda a, b: (a < b) - (a > b))
connection.create_function("query", 0, lambda: connection.execute("select 5").fetchone()[1])
connection.create_function("fail", 0, lambda: 1 / 0)
connection.execute("create table t (a timestamp, b)")
moment = datetime.datetime(2026, 11, 23)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    connection.execute("insert into t values (?, ?)", (moment, Adapted()))
    connection.execute("insert into t values (:a, :b)", {"a": moment, "b": "text"})
    print(connection.execute("select * from t").fetchone())
    print(connection.execute("select * from t order by b collate backwards").fetchall())
    print(list(connection.execute("select * from t")))
print([(os.path.basename(warning.filename), warning.lineno) for warning in caught])
print(connection.executemany("insert into t (b) values (?)", ([number] for number in range(3))).rowcount)
print(connection.execute("select query()").fetchone(), connection.total_changes)
for call in (
    lambda: connection.execute("select fail()"),
    lambda: connection.executemany("insert into t (b) values (?)", ([1 / number] for number in (1, 0))),
    lambda: connection.execute("select nothing"),
    lambda: connection.execute("select ?", ([],)),
    lambda: connection.execute("select ?", (1, 2)),
    lambda: connection.execute(1),
):
    try:
        call()
    except Exception:
        traceback.print_exc(file=sys.stdout)
connection.rollback()
connection.row_factory = None
print(*connection.iterdump(), sep="\n")
connection.close()
end.set()
beside.join()
