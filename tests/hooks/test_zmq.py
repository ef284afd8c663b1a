"""pyzmq: whatever waits in libzmq waits beside the other threads, and ends as under python.

The kind: a library with sockets of its own, which waits in C for another thread of the same program. The kernel of
Jupyter is one such program: its heart beats in a thread that relays messages for ever.
"""

from textwrap import dedent

import pytest

BEGIN = """
import os, signal, sys, threading, time
import zmq

context = zmq.Context()

def pair(kind=zmq.PAIR, other=zmq.PAIR, **options):
    here, there = context.socket(kind), context.socket(other)
    for socket in (here, there):
        socket.linger = 0
        for name, value in options.items():
            setattr(socket, name, value)
    there.connect(f"tcp://127.0.0.1:{here.bind_to_random_port('tcp://127.0.0.1')}")
    return here, there

def later(function, *args):
    thread = threading.Timer(0.05, function, args)
    thread.start()
    return thread
"""
PROGRAMS = {
    "receive": """
        a, b = pair()
        for wait, send in (
            (a.recv, lambda: b.send(b"bytes")),
            (a.recv_multipart, lambda: b.send_multipart([b"1", b"2"])),
            (a.recv_string, lambda: b.send_string("text")),
            (lambda: a.recv(copy=False).bytes, lambda: b.send(b"frame", copy=False)),
            (lambda: a.recv(0, False).bytes, lambda: b.send(b"frame", 0, False)),
        ):
            later(send)
            print(wait())
        if hasattr(a, "recv_into"):
            later(b.send, b"into")
            print(a.recv_into(bytearray(10)))
        else:
            print(4)
    """,
    "poll": """
        a, b = pair()
        reader, writer = os.pipe()
        poller = zmq.Poller()
        poller.register(a, zmq.POLLIN)
        poller.register(reader, zmq.POLLIN)
        later(b.send, b"x")
        print([(each is a, event) for each, event in poller.poll()], a.recv())
        later(os.write, writer, b"x")
        print([(each == reader, event) for each, event in poller.poll(5000)])
        print(a.poll(30), a.poll(0), zmq.select([a], [], [], 0.03), poller.poll(0) == [(reader, 1)])
        later(b.send, b"y")
        print(zmq.select([a], [b], [])[1] == [b])
        print(zmq.select([a], [], [])[0] == [a])
    """,
    "timeouts": """
        a, b = pair(rcvtimeo=30, sndtimeo=30, sndhwm=1, rcvhwm=1)
        for call in (a.recv, lambda: a.recv(zmq.NOBLOCK), lambda: [b.send(bytes(1 << 20)) for _ in range(50)]):
            try:
                print(call())
            except zmq.Again as error:
                print(error)
        a.rcvtimeo = -1
        print(len(a.recv()))
    """,
    "full": """
        push, pull = pair(zmq.PUSH, zmq.PULL, sndhwm=1, rcvhwm=1)
        got = []
        def drain():
            time.sleep(0.05)
            got.extend(len(pull.recv()) for _ in range(40))
        thread = threading.Thread(target=drain)
        thread.start()
        for _ in range(40):
            push.send(bytes(1 << 18))
        thread.join()
        print(len(got), set(got))
    """,
    "proxy": """
        (front, client), (back, server) = pair(zmq.ROUTER, zmq.REQ), pair(zmq.DEALER, zmq.REP)
        def relay():
            try:
                zmq.proxy(front, back)
            except zmq.ContextTerminated:
                print("terminated")
            front.close()
            back.close()
        relaying = threading.Thread(target=relay)
        relaying.start()
        def serve():
            for _ in range(3):
                server.send(server.recv().upper())
        serving = threading.Thread(target=serve)
        serving.start()
        for word in (b"a", b"b", b"c"):
            client.send(word)
            print(client.recv())
        serving.join()
        client.close()
        server.close()
        context.term()
        relaying.join()
    """,
    "many": """
        pairs = [pair() for _ in range(20)]
        def echo(socket):
            for _ in range(20):
                socket.send(socket.recv())
        threads = [threading.Thread(target=echo, args=(b,)) for _, b in pairs]
        for thread in threads:
            thread.start()
        for number in range(20):
            for a, _ in pairs:
                a.send(b"%d" % number)
            print({a.recv() for a, _ in pairs})
        for thread in threads:
            thread.join()
    """,
    "term": """
        a, b = pair()
        def wait():
            try:
                a.recv()
            except zmq.ContextTerminated:
                print("terminated")
            time.sleep(0.05)
            a.close()
            b.close()
        thread = threading.Thread(target=wait)
        thread.start()
        time.sleep(0.05)
        context.term()
        print(context.closed)
        thread.join()
    """,
    "signals": """
        a, b = pair()
        signal.signal(signal.SIGUSR1, lambda *_: print("handled"))
        later(os.kill, os.getpid(), signal.SIGUSR1)
        threading.Timer(0.1, b.send, (b"x",)).start()
        print(a.recv())
        def handle(*_): raise KeyError("in a handler")
        signal.signal(signal.SIGUSR1, handle)
        later(os.kill, os.getpid(), signal.SIGUSR1)
        try:
            a.recv()
        except KeyError as error:
            print(error)
    """,
    "errors": """
        a, b = pair()
        for call in (lambda: zmq.zmq_poll([(object(), 1)], 10), lambda: zmq.zmq_poll([a], 10), lambda: a.recv("x")):
            try:
                call()
            except Exception as error:
                print(type(error).__name__)
        a.close()
        try:
            a.recv()
        except zmq.ZMQError as error:
            print(error)
    """,
}
WAITS = {
    "recv": "a.recv()",
    "recv copied": "a.recv(copy=False)",
    "poll": "a.poll()",
    "poller": "zmq.Poller().register(a) or zmq.select([a], [], [])",
    "send": "[b.send(bytes(1 << 20)) for _ in range(50)]",
    "proxy": "zmq.proxy(a, b)",
    "device": "zmq.device(zmq.QUEUE, a, b)",
    "term": "context.term()",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_program_is_as_under_python(python, ocoro, tmp_path, name):
    (tmp_path / "main.py").write_text(BEGIN + dedent(PROGRAMS[name]) + "\nprint('over')\n")
    plain = python("main.py", cwd=tmp_path)
    assert (plain.err, plain.status) == ("", 0)
    assert ocoro("--quiet", "main.py", cwd=tmp_path) == plain


@pytest.mark.parametrize("wait", WAITS)
def test_others_run_beside_each_wait(ocoro, tmp_path, wait):
    """What waits here waits for ever; the program is ended by somebody whom it does not hold up."""
    code = f"""
        a, b = pair(zmq.PULL, zmq.PUSH, sndhwm=1, rcvhwm=1)
        def beat():
            for _ in range(20):
                time.sleep(0.002)
            print("beats", flush=True)
            os._exit(0)
        threading.Thread(target=beat).start()
        {WAITS[wait]}
        print("did not wait")
    """
    (tmp_path / "main.py").write_text(BEGIN + dedent(code))
    done = ocoro("--quiet", "--rescue=off", "main.py", cwd=tmp_path)
    assert (done.out, done.status) == ("beats\n", 0)
