"""Ordinary threads and real operating-system threads wait for each other in every way there is.

Every second player runs in a real thread wherever there is a difference. Hand-overs without a time limit hang when one
wake-up is lost; those with tiny limits race the wake-up against the time-out and come out with a wrong sum.
"""

import queue
import random
import sys
import threading
import time
import traceback

try:
    from ocoro.runtime.originals import start_new_thread
except ImportError:
    from _thread import start_new_thread

SEED = sys.argv[1]
ROUNDS = int(sys.argv[2])
END = float("inf")  # comes last out of a priority queue, too
PAIRS = [(False, False), (False, True), (True, False), (True, True)]


class Game:
    """Players of one game; `end` waits for all of them and says what went wrong."""

    def __init__(self, name):
        self.name = name
        self.players = 0
        self.ended = queue.SimpleQueue()

    def play(self, real, function, *args):
        dice = random.Random(f"{SEED} {self.name} {self.players}")
        self.players += 1
        if real:
            start_new_thread(self.player, (function, dice, args))
        else:
            threading.Thread(target=self.player, args=(function, dice, args)).start()

    def player(self, function, dice, args):
        try:
            self.ended.put((function(dice, *args) or 0, ""))
        except BaseException:
            self.ended.put((0, traceback.format_exc()))

    def end(self):
        """The sum of what the players returned."""
        outcomes = [self.ended.get() for _ in range(self.players)]
        for _, error in outcomes:
            print(error, end="")
        return sum(result for result, _ in outcomes)


def dawdle(dice):
    """Now and then lets others go first."""
    if dice.random() < 0.2:
        time.sleep(dice.choice([0, 0, 0.0005]))


def limit(dice):
    return dice.choice([0, 0.0001, 0.001, 0.01])


def until(attempt):
    """How often `attempt` timed out before it succeeded."""
    misses = 0
    while not attempt():
        misses += 1
    return misses


def ping_pong(name, take, give, new):
    """Two players hand one thing back and forth, `ROUNDS` times."""

    def one(dice, mine, other):
        for _ in range(ROUNDS):
            take(mine, dice)
            dawdle(dice)
            give(other)
        return ROUNDS

    def pair(first, second):
        game, left, right = Game(name), new(), new()
        game.play(first, one, left, right)
        game.play(second, one, right, left)
        give(left)
        total = game.end()
        take(left, random.Random(0))
        return total

    print(name, [pair(first, second) for first, second in PAIRS])


def locked():
    lock = threading.Lock()
    lock.acquire()
    return lock


class Slot:
    """A condition variable used as a box for one thing."""

    def __init__(self):
        self.full = False
        self.changed = threading.Condition()

    def put(self):
        with self.changed:
            self.full = True
            self.changed.notify()

    def take(self, timeout=None):
        with self.changed:
            taken = self.changed.wait_for(lambda: self.full, timeout)
            self.full = self.full and not taken
            return taken


def take_event(event, dice):
    event.wait()
    event.clear()


def all_ping_pongs():
    ping_pong("lock", lambda lock, dice: lock.acquire(), lambda lock: lock.release(), locked)
    ping_pong(
        "lock with limits",
        lambda lock, dice: until(lambda: lock.acquire(timeout=limit(dice))),
        lambda lock: lock.release(),
        locked,
    )
    ping_pong("event", take_event, lambda event: event.set(), threading.Event)
    ping_pong("semaphore", lambda s, dice: s.acquire(), lambda s: s.release(), lambda: threading.Semaphore(0))
    ping_pong(
        "semaphore with limits",
        lambda s, dice: until(lambda: s.acquire(timeout=limit(dice))),
        lambda s: s.release(),
        lambda: threading.Semaphore(0),
    )
    ping_pong("condition", lambda slot, dice: slot.take(), lambda slot: slot.put(), Slot)
    ping_pong(
        "condition with limits", lambda slot, dice: until(lambda: slot.take(limit(dice))), lambda slot: slot.put(), Slot
    )
    ping_pong("queue", lambda q, dice: q.get(), lambda q: q.put(1), lambda: queue.Queue(1))
    ping_pong("simple queue", lambda q, dice: q.get(), lambda q: q.put(1), queue.SimpleQueue)


def crowd(name, lock):
    """Eight players count up together; what they do under the lock is torn apart on purpose."""
    game, count = Game(name), [0]

    def one(dice):
        for _ in range(ROUNDS):
            if dice.random() < 0.5:
                lock.acquire()
            else:
                until(lambda: lock.acquire(timeout=limit(dice)))
            value = count[0]
            dawdle(dice)
            count[0] = value + 1
            lock.release()

    for number in range(8):
        game.play(number % 2, one)
    game.end()
    print(game.name, count[0], lock.acquire(blocking=False))


def owners():
    """An RLock taken several times over by whoever has it."""
    game, lock, count = Game("owners"), threading.RLock(), [0]

    def one(dice):
        for _ in range(ROUNDS):
            depth = dice.randrange(1, 5)
            for _ in range(depth):
                lock.acquire()
                dawdle(dice)
            count[0] += 1
            for _ in range(depth):
                lock.release()

    for number in range(8):
        game.play(number % 2, one)
    game.end()
    print(game.name, count[0])


def narrow_door():
    """Never more than three inside a BoundedSemaphore, and nobody's place is lost to a time-out."""
    game, door, inside, guard = Game("narrow door"), threading.BoundedSemaphore(3), [], threading.Lock()
    most = [0]

    def one(dice):
        for _ in range(ROUNDS):
            until(lambda: door.acquire(timeout=limit(dice)))
            with guard:
                inside.append(1)
                most[0] = max(most[0], len(inside))
            dawdle(dice)
            with guard:
                inside.pop()
            door.release()
        return ROUNDS

    for number in range(8):
        game.play(number % 2, one)
    total = game.end()
    print(game.name, total, most[0] <= 3, [door.acquire(blocking=False) for _ in range(4)])


def market(name, goods):
    """Four producers, four consumers; what goes in comes out once."""
    game = Game(name)

    def offer(item, dice):
        try:
            goods.put(item, timeout=limit(dice))
        except queue.Full:
            return False
        return True

    def produce(dice, number):
        for item in range(ROUNDS):
            if dice.random() < 0.5:
                goods.put(item + 1)
            else:
                until(lambda item=item: offer(item + 1, dice))
            dawdle(dice)

    def consume(dice):
        total = 0
        while True:
            try:
                item = goods.get(timeout=dice.choice([None, limit(dice)]))
            except queue.Empty:
                continue
            if item == END:
                return total
            total += item
            dawdle(dice)

    makers = Game(f"{name} makers")
    for number in range(4):
        makers.play(number % 2, produce, number)
        game.play(number % 2, consume)
    makers.end()
    for _ in range(4):
        goods.put(END)
    print(name, game.end() == 4 * ROUNDS * (ROUNDS + 1) // 2, goods.empty())


def starting_gun():
    """All wait for one event; each time all of them start."""
    game, guns = Game("starting gun"), [threading.Event() for _ in range(ROUNDS // 10)]
    ready = threading.Semaphore(0)

    def one(dice):
        heard = 0
        for gun in guns:
            ready.release()
            heard += gun.wait() if dice.random() < 0.5 else until(lambda gun=gun: gun.wait(limit(dice))) >= 0
        return heard

    for number in range(8):
        game.play(number % 2, one)
    for gun in guns:
        for _ in range(8):
            ready.acquire()
        gun.set()
    print(game.name, game.end() == 8 * len(guns))


def gatherings():
    """Six meet at a barrier, again and again, and nobody is ever a round ahead."""
    rounds = ROUNDS // 4
    game, barrier, here = Game("gatherings"), threading.Barrier(6), [0] * 6

    def one(dice, number):
        together = 0
        for round_ in range(rounds):
            here[number] = round_
            dawdle(dice)
            barrier.wait()
            together += set(here) == {round_}
            barrier.wait()
        return together

    for number in range(6):
        game.play(number % 2, one, number)
    print(game.name, game.end() == 6 * rounds)


all_ping_pongs()
crowd("crowd at a lock", threading.Lock())
crowd("crowd at an rlock", threading.RLock())
owners()
narrow_door()
market("bounded queue", queue.Queue(3))
market("queue", queue.Queue())
market("simple queue", queue.SimpleQueue())
market("priority queue", queue.PriorityQueue(5))
starting_gun()
gatherings()
