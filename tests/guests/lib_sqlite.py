"""sqlite3 in threads: a connection each, which wait for each other's locks."""

import os
import sqlite3
import tempfile
import threading


def insert(path, number):
    with sqlite3.connect(path, timeout=20) as connection:
        connection.execute("insert into numbers values (?)", (number,))
    connection.close()


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
