"""ftplib, smtplib, imaplib and poplib over TLS, from the first byte and by STARTTLS, with scripted servers."""

import ftplib
import imaplib
import io
import poplib
import smtplib
import socket
import ssl
import threading

CERTIFICATE = "../certificates/localhost.pem"
server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server_context.load_cert_chain(CERTIFICATE)
context = ssl.create_default_context(cafile=CERTIFICATE)


class Server(threading.Thread):
    """Serves one client: a greeting, then an answer to each line by `answer`."""

    def __init__(self, greeting, answer, tls):
        super().__init__()
        self.greeting, self.answer, self.tls = greeting, answer, tls
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.heard = []
        self.start()

    def run(self):
        with self.listener:
            self.sock, _ = self.listener.accept()
        if self.tls:
            self.secure()
        self.file = self.sock.makefile("rb")
        self.say(self.greeting)
        while line := self.file.readline().rstrip():
            self.heard.append(line)
            said = self.answer(self, line)
            if said is None:
                break
            self.say(said)
        self.file.close()
        self.sock.close()

    def secure(self):
        self.sock = server_context.wrap_socket(self.sock, server_side=True)
        self.file = self.sock.makefile("rb")

    def say(self, text):
        if text:
            self.sock.sendall(text + b"\r\n")

    def begin_tls(self, text):
        self.say(text)
        self.secure()
        return b""


def smtp(server, line):
    match line.split()[0].upper():
        case b"EHLO":
            return b"250-localhost\r\n250 STARTTLS"
        case b"STARTTLS":
            return server.begin_tls(b"220 go ahead")
        case b"DATA":
            server.say(b"354 go on")
            while (text := server.file.readline().rstrip()) != b".":
                server.heard.append(text)
            return b"250 taken"
        case b"QUIT":
            server.say(b"221 bye")
            return None
    return b"250 ok"


def imap(server, line):
    tag, command, *_ = line.split()
    match command.upper():
        case b"CAPABILITY":
            return b"* CAPABILITY IMAP4REV1 STARTTLS\r\n" + tag + b" OK done"
        case b"STARTTLS":
            return server.begin_tls(tag + b" OK begin")
        case b"LOGOUT":
            server.say(b"* BYE\r\n" + tag + b" OK done")
            return None
    return tag + b" OK done"


def pop(server, line):
    match line.split()[0].upper():
        case b"CAPA":
            return b"+OK\r\nSTLS\r\n."
        case b"STLS":
            return server.begin_tls(b"+OK begin")
        case b"RETR":
            return b"+OK\r\n" + b"a line of mail\r\n" * 3000 + b"."
        case b"QUIT":
            server.say(b"+OK bye")
            return None
    return b"+OK 2 messages"


def ftp(server, line):
    match line.split()[0].upper():
        case b"AUTH":
            return server.begin_tls(b"234 begin")
        case b"PASV":
            server.data = socket.create_server(("127.0.0.1", 0))
            port = server.data.getsockname()[1]
            return b"227 (127,0,0,1,%d,%d)" % divmod(port, 256)
        case b"RETR":
            server.say(b"150 here")
            with server.data, server_context.wrap_socket(server.data.accept()[0], server_side=True) as data:
                data.sendall(b"contents " * 50_000)
                data.unwrap()
            return b"226 done"
        case b"STOR":
            server.say(b"150 send")
            with server.data, server_context.wrap_socket(server.data.accept()[0], server_side=True) as data:
                with data.makefile("rb") as file:
                    server.heard.append(len(file.read()))
                data.unwrap()
            return b"226 done"
        case b"QUIT":
            server.say(b"221 bye")
            return None
    return b"200 ok"


def send_mail(tls):
    server = Server(b"220 ready", smtp, tls)
    if tls:
        client = smtplib.SMTP_SSL("localhost", server.port, local_hostname="me", timeout=30, context=context)
    else:
        client = smtplib.SMTP("localhost", server.port, local_hostname="me", timeout=30)
        print(client.starttls(context=context))
    print(client.sendmail("a@localhost", ["b@localhost"], "Subject: x\n\n" + "text\n" * 3))
    print(client.quit())
    return server


def read_imap(tls):
    server = Server(b"* OK ready", imap, tls)
    if tls:
        client = imaplib.IMAP4_SSL("localhost", server.port, ssl_context=context, timeout=30)
    else:
        client = imaplib.IMAP4("localhost", server.port, timeout=30)
        print(client.starttls(context))
    print(client.login("user", "secret"), client.noop(), client.logout())
    server.heard = [b" ".join(line.split()[1:]) for line in server.heard]  # the tags are random
    return server


def read_pop(tls):
    server = Server(b"+OK ready", pop, tls)
    if tls:
        client = poplib.POP3_SSL("localhost", server.port, timeout=30, context=context)
    else:
        client = poplib.POP3("localhost", server.port, timeout=30)
        print(client.stls(context))
    print(client.user("user"), client.pass_("secret"))
    print(len(client.retr(1)[1]), client.quit())
    return server


def transfer(tls):
    server = Server(b"220 ready", ftp, False)
    client = ftplib.FTP_TLS(context=context, timeout=30)
    print(client.connect("localhost", server.port), client.login("user", "secret"), client.prot_p())
    received = []
    print(client.retrbinary("RETR file", received.append), len(b"".join(received)))
    print(client.storbinary("STOR file", io.BytesIO(b"x" * 500_000)), client.quit())
    return server


for function in (send_mail, read_imap, read_pop, transfer):
    for tls in (True, False):
        server = function(tls)
        server.join()
        print(function.__name__, tls, server.heard)
