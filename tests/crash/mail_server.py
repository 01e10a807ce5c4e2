"""A real SMTP server (aiosmtpd) for tests: certificate and key made by openssl beforehand.

usage: mail_server.py FOLDER MODE      MODE: starttls or tls
Says its port; appends a line "RECIPIENT MESSAGE-ID SUBJECT" to FOLDER/mails for each mail taken and
keeps each in FOLDER/mail.N.  Reads FOLDER/refuse, if there: recipients answered 550, one a line;
FOLDER/later: answered 451.  With FOLDER/slow, takes so many seconds before its 250.  Asks for the
user "lynchpin" and the password "open sesame" where FOLDER/login is.  Ends with its standard input.
"""
import asyncio, email, os, ssl, sys
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

folder, mode = sys.argv[1:3]


def lines(name):
    try:
        return open(f"{folder}/{name}").read().split("\n")
    except FileNotFoundError:
        return []


class Handler:
    count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in lines("refuse"):
            return "550 5.1.1 no such mailbox"
        if address in lines("later"):
            return "451 4.2.1 not now"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        said = email.message_from_bytes(envelope.content)
        Handler.count += 1
        with open(f"{folder}/mail.{Handler.count}", "wb") as f:
            f.write(envelope.content)
        with open(f"{folder}/mails", "a") as f:
            f.write(f"{envelope.rcpt_tos[0]} {said['Message-ID']} {said['Subject']}\n")
        slow = lines("slow")
        if slow:
            await asyncio.sleep(float(slow[0]))
        return "250 2.0.0 taken"


def login(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and data.login == b"lynchpin" and data.password == b"open sesame"
    return AuthResult(success=good, handled=False)


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(f"{folder}/cert.pem", f"{folder}/key.pem")
asks = os.path.exists(f"{folder}/login")


async def main():
    def make():
        return SMTP(Handler(), hostname="mail.test", authenticator=login if asks else None,
                    auth_required=asks, auth_require_tls=mode == "starttls",
                    **({"tls_context": context, "require_starttls": True} if mode == "starttls" else {}))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(make, "127.0.0.1", int(os.environ.get("PORT", "0")),
                                      ssl=context if mode == "tls" else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    os._exit(0)


asyncio.run(main())
