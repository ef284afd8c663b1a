"""A Django site whose views ask PostgreSQL by pg8000, which is pure Python; and the client threads for it.

Usage, with PostgreSQL's port in POSTGRES_PORT: django_site.py runserver ADDRESS, or django_site.py ask URL CLIENTS.
"""

import hashlib
import os
import sys
import threading
import urllib.error
import urllib.request
from collections import Counter
from contextlib import closing

import pg8000.dbapi
from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.servers.basehttp import WSGIServer
from django.http import JsonResponse, StreamingHttpResponse
from django.urls import path

DELAY = 0.2

WSGIServer.request_queue_size = 1024
settings.configure(DEBUG=True, ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY="-", USE_TZ=True)


def connected():
    port = int(os.environ["POSTGRES_PORT"])
    return closing(pg8000.dbapi.connect("postgres", host="127.0.0.1", port=port, timeout=50, ssl_context=False))


def rows(connection, query, *values):
    with closing(connection.cursor()) as cursor:
        cursor.execute(query, values)
        return cursor.fetchall() if cursor.description else None


def pid(request, number):
    return JsonResponse(os.getpid(), safe=False)


def slow(request, number):
    with connected() as base:
        query = "SELECT %s::int, repeat('ab', %s), pg_sleep(%s)::text"
        return JsonResponse({"rows": rows(base, query, number, number, DELAY)})


def gate(request, number):
    """Waits in PostgreSQL until the gate is open."""
    with connected() as base:
        rows(base, "SELECT pg_advisory_lock_shared(1)")
        return JsonResponse({"through": number})


def book(request, number):
    """Moves money between accounts in one transaction, locking the lower one first."""
    change = {number % 10: -number, (number * 7 + 1) % 10: number}
    with connected() as base:
        for account in sorted(change):
            rows(base, "UPDATE account SET amount = amount + %s WHERE id = %s RETURNING id", change[account], account)
        base.commit()
    return JsonResponse({"booked": number})


def stream(request, number):
    def lines():
        with connected() as base:
            for row in rows(base, "SELECT n, md5(n::text) FROM generate_series(1, %s) AS n", number):
                yield f"{row}\n"

    return StreamingHttpResponse(lines())


def wrong(request, number):
    with connected() as base:
        try:
            rows(base, "SELECT 1 / %s::int", 0)
        except pg8000.dbapi.DatabaseError as error:
            return JsonResponse({"error": error.args[0]["M"]}, status=409)


urlpatterns = [path(f"{view.__name__}/<int:number>", view) for view in (pid, slow, gate, book, stream, wrong)]


def fetch(url):
    try:
        with urllib.request.urlopen(url, timeout=50) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def client(number):
    answers[number] = [fetch(f"{site}/{page}/{number}") for page in ("gate", "slow", "book", "stream", "wrong")]


def open_gate(base):
    """When every client waits for it."""
    while rows(base, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") != ([len(answers)],):
        rows(base, "SELECT pg_sleep(0.05)")
    rows(base, "SELECT pg_advisory_unlock(1)")


def ask():
    threads = [threading.Thread(target=client, args=(number,)) for number in range(len(answers))]
    with connected() as base:
        base.autocommit = True
        rows(base, "CREATE TABLE account AS SELECT n AS id, 100 AS amount FROM generate_series(0, 9) AS n")
        rows(base, "SELECT pg_advisory_lock(1)")
        for thread in threads:
            thread.start()
        open_gate(base)
        for thread in threads:
            thread.join()
        print("accounts", rows(base, "SELECT id, amount FROM account ORDER BY id"))
        rows(base, "DROP TABLE account")
    print("clients", len(answers), "failed", answers.count(None))
    print("statuses", sorted(Counter(status for pages in answers for status, _ in pages).items()))
    print("third", answers[2])
    print("digest", hashlib.sha256(repr(answers).encode()).hexdigest())


if sys.argv[1] == "ask":
    site, answers = sys.argv[2], [None] * int(sys.argv[3])
    ask()
else:
    execute_from_command_line(sys.argv)
