"""sqlite3 in threads: the check for the same thread, and a connection each."""

import os
import re
import sqlite3
import tempfile
import threading

own = sqlite3.connect(":memory:")


def use_foreign():
    try:
        own.execute("select 1")
    except sqlite3.ProgrammingError as error:
        print(re.sub(r"\d{4,}", "..", str(error)))


def insert(path, number):
    with sqlite3.connect(path, timeout=20) as connection:
        connection.execute("insert into numbers values (?)", (number,))
    connection.close()


use_foreign()
thread = threading.Thread(target=use_foreign)
thread.start()
thread.join()
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "base")
    with sqlite3.connect(path) as connection:
        connection.execute("create table numbers (number)")
    threads = [threading.Thread(target=insert, args=(path, number)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(sorted(connection.execute("select number from numbers")))
    connection.close()
