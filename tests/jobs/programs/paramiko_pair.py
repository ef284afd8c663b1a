"""A paramiko server and its clients, one thread each (and paramiko's own), over loopback in one program."""

import hashlib
import io
import logging
import os
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import paramiko

logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # whose connection ends first is a matter of chance
CLIENTS = int(sys.argv[1])
DELAY = 0.2
KEY = paramiko.ECDSAKey.generate()
meeting = threading.Barrier(CLIENTS)


class Rules(paramiko.ServerInterface):
    def check_auth_password(self, username, password):
        return paramiko.AUTH_SUCCESSFUL if password == f"secret of {username}" else paramiko.AUTH_FAILED

    def get_allowed_auths(self, username):
        return "password"

    def check_channel_request(self, kind, number):
        return paramiko.OPEN_SUCCEEDED if kind == "session" else paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

    def check_channel_exec_request(self, channel, command):
        threading.Thread(target=execute, args=(channel, command.decode())).start()
        return True


def execute(channel, command):
    """Answers after its whole input, so never before the client knows that the command was accepted."""
    with channel:
        digest = hashlib.sha256()
        while data := channel.recv(1000):
            digest.update(data)
        if command == "meet":
            meeting.wait()
        elif command == "slow":
            time.sleep(DELAY)
            channel.sendall_stderr(b"slow\n")
        elif command == "page":
            channel.sendall(b"0123456789" * 30_000)  # more than the window
        channel.sendall(digest.hexdigest().encode())
        channel.send_exit_status(len(command))


class Files(paramiko.SFTPServerInterface):
    """Files in memory, by name."""

    kept = {}

    def open(self, path, flags, attributes):
        handle = paramiko.SFTPHandle(flags)
        if flags & os.O_WRONLY:
            self.kept[path] = handle.writefile = io.BytesIO()
            handle.writefile.close = lambda: None
        elif path in self.kept:
            handle.readfile = io.BytesIO(self.kept[path].getvalue())
        else:
            return paramiko.SFTP_NO_SUCH_FILE
        return handle

    def stat(self, path):
        attributes = paramiko.SFTPAttributes()
        attributes.st_size = len(self.kept[path].getvalue())
        return attributes


def serve(listener):
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        transport = paramiko.Transport(connection)
        transport.add_server_key(KEY)
        transport.set_subsystem_handler("sftp", paramiko.SFTPServer, Files)
        transport.start_server(event=threading.Event(), server=Rules())


def connect(number, password):
    client = paramiko.SSHClient()
    client.get_host_keys().add(f"[127.0.0.1]:{port}", KEY.get_name(), KEY)
    client.connect(
        "127.0.0.1",
        port,
        f"user{number}",
        password,
        look_for_keys=False,
        allow_agent=False,
        timeout=50,
        banner_timeout=50,
        auth_timeout=50,
    )
    return client


def ask(client, command, data=b""):
    with client.get_transport().open_session(window_size=1 << 16, timeout=50) as channel:
        channel.settimeout(50)
        channel.exec_command(command)
        channel.sendall(data)
        channel.shutdown_write()
        out = channel.makefile("rb").read()
        err = channel.makefile_stderr("rb").read()
        return command, hashlib.sha256(out).hexdigest(), err, channel.recv_exit_status()


def refused(number):
    try:
        connect(number, "wrong")
    except paramiko.AuthenticationException as error:
        return str(error)


def transfer(client, number):
    with client.open_sftp() as sftp:
        with sftp.open(f"/file{number}", "w") as file:
            file.write(b"x" * 1000 * number)
        with sftp.open(f"/file{number}") as file:
            size = len(file.read())
        try:
            sftp.open("/absent")
        except FileNotFoundError as error:
            return size, str(error)


def client(number):
    with connect(number, f"secret of user{number}") as session:
        answers = [
            ask(session, "meet"),
            ask(session, "slow"),
            ask(session, "digest", b"ab" * 1000 * number),
            ask(session, "page"),
        ]
        with ThreadPoolExecutor(3) as pool:  # channels of one connection at the same time
            answers += pool.map(lambda _: ask(session, "slow"), range(3))
        answers.append(transfer(session, number))
    answers.append(refused(number))
    return answers


with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
    port = listener.getsockname()[1]
    serving = threading.Thread(target=serve, args=(listener,))
    serving.start()
    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(client, range(CLIENTS)))
    listener.shutdown(socket.SHUT_RDWR)
    serving.join()
print("first", *answers[1], sep="\n  ")
print("digest", hashlib.sha256(repr(answers).encode()).hexdigest())
