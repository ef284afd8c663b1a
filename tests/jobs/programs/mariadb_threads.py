"""PyMySQL from many threads, a connection each: slow queries, user locks, transactions, time-outs, streamed rows."""

import hashlib
import sys
import threading
import time

import pymysql
from pymysql.cursors import SSCursor

PORT = int(sys.argv[1])
THREADS = int(sys.argv[2])
DELAY = 0.2
IMPATIENT = 10


def connect(**options):
    return pymysql.connect(host="127.0.0.1", port=PORT, user="root", ssl_disabled=True, connect_timeout=50, **options)


def ask(connection, query, *values):
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


def slow(number):
    """The server answers after a delay."""
    with connect() as connection:
        return ask(connection, "SELECT SLEEP(%s), %s, REPEAT('ab', %s)", DELAY, number, number * 10)[0]


def pass_gate(number):
    """Waits in the server until the gate opens."""
    with connect() as connection:
        entered = ask(connection, "SELECT GET_LOCK('gate', 50)")
        return entered, ask(connection, "SELECT RELEASE_LOCK('gate')")


def book(number):
    """Moves money between two accounts in one transaction, always locking the lower one first."""
    change = {number % 10: -number, (number * 7 + 1) % 10: number}
    with connect(database="bank") as connection:
        connection.begin()
        for account in sorted(change):
            ask(connection, "UPDATE account SET amount = amount + %s WHERE id = %s", change[account], account)
            time.sleep(0.005)
        ask(connection, "INSERT INTO booking VALUES (%s, %s)", number, f"booking {number}")
        connection.commit()
        return True


def stream(number):
    with connect(database="bank", cursorclass=SSCursor) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT seq, MD5(seq) FROM seq_1_to_300")
        return hashlib.sha256(repr(list(cursor)).encode()).hexdigest()


def give_up(number):
    if number >= IMPATIENT:
        return None
    connection = connect(read_timeout=1)
    try:
        return ask(connection, "SELECT SLEEP(5)")
    except pymysql.err.OperationalError as error:
        return error.args[0]


def open_gate():
    """When every thread waits for it inside the server."""
    waiting = "SELECT COUNT(*) FROM information_schema.processlist WHERE state = 'User lock'"
    while ask(keeper, waiting)[0][0] < THREADS:
        time.sleep(0.02)
    ask(keeper, "SELECT RELEASE_LOCK('gate')")


def in_threads(work, meanwhile=lambda: None):
    answers = [None] * THREADS

    def one(number):
        answers[number] = work(number)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    meanwhile()
    for thread in threads:
        thread.join()
    return answers


keeper = connect(autocommit=True)
ask(keeper, "CREATE OR REPLACE DATABASE bank")
keeper.select_db("bank")
ask(keeper, "CREATE TABLE account (id INT PRIMARY KEY, amount INT NOT NULL) ENGINE=InnoDB")
ask(keeper, "CREATE TABLE booking (id INT PRIMARY KEY, text VARCHAR(40)) ENGINE=InnoDB")
ask(keeper, "INSERT INTO account SELECT seq, 100 FROM seq_0_to_9")

print("slow", hashlib.sha256(repr(in_threads(slow)).encode()).hexdigest())
ask(keeper, "SELECT GET_LOCK('gate', 0)")
print("gate", set(in_threads(pass_gate, open_gate)))
print("booked", in_threads(book).count(True), ask(keeper, "SELECT COUNT(*), MAX(text) FROM booking"))
print("amounts", ask(keeper, "SELECT id, amount FROM account ORDER BY id"))
print("stream", set(in_threads(stream)))
print("gave up", in_threads(give_up)[:IMPATIENT])
keeper.close()
