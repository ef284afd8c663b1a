"""`requests` in a big ThreadPoolExecutor, one session for each worker, against a slow site elsewhere."""

import hashlib
import resource
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed

import requests

SITE = sys.argv[1]
WORKERS = int(sys.argv[2])
IMPATIENT = 20

worker = threading.local()


def session():
    if not hasattr(worker, "session"):
        worker.session = requests.Session()
    return worker.session


def meet(number):
    return session().get(f"{SITE}/meet/{number}", timeout=50).json()["met"]


def plain(number):
    return session().get(f"{SITE}/plain/{number}", timeout=50).json()


def moved(number):
    response = session().get(f"{SITE}/moved/{number}", timeout=50)
    return [first.status_code for first in response.history], response.json()["number"]


def gone(number):
    try:
        session().get(f"{SITE}/gone/{number}", timeout=50).raise_for_status()
    except requests.HTTPError as error:
        return error.response.status_code, error.response.json()


def parts(number):
    with session().get(f"{SITE}/parts/{number}", stream=True, timeout=50) as response:
        return hashlib.sha256(b"".join(response.iter_content(100))).hexdigest()


def post(number):
    return session().post(f"{SITE}/", data=b"x" * number * 30, timeout=50).json()


def late(number):
    try:
        session().get(f"{SITE}/late/{number}", timeout=(50, 0.3))
    except requests.ReadTimeout as error:
        return type(error).__name__


PAGES = [plain, moved, gone, parts, post]

soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, WORKERS + 500)), hard))

with ThreadPoolExecutor(WORKERS) as pool:
    met = sorted(pool.map(meet, range(WORKERS)), key=int)
    timed_out = Counter(pool.map(late, range(IMPATIENT)))
    futures = {pool.submit(PAGES[number % len(PAGES)], number): number for number in range(2 * WORKERS)}
    answers = {futures[future]: future.result() for future in as_completed(futures)}

print("met", len(met), met[0], met[-1])
print("timed out", dict(timed_out))
print("answers", len(answers), "of", sorted(Counter(PAGES[number % len(PAGES)].__name__ for number in answers).items()))
print("some", answers[0]["number"], answers[1], answers[2], answers[4]["received"])
print("digest", hashlib.sha256(repr(sorted(answers.items())).encode()).hexdigest())
