"""A mail server and a web server on loopback, which answer as a test says and keep what came.

They are real and listen on a port of their own, so the sender may be another process: `environment()`
is what that one needs.
"""

import asyncio
import ssl
import threading
import warnings
from abc import ABC, abstractmethod
from collections import defaultdict, deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult

ACCEPT = "250 2.0.0 Queued as 4711"
HANG = "hang"  # no answer at all, until the receiver is closed
TAKE_AND_HANG = "take and hang"  # the same to a mail, which is kept
DRIP_SECONDS = 0.02


class Receiver(ABC):
    """To be used with `with`: it listens from the beginning of the block to its end."""

    @abstractmethod
    def start(self) -> None:
        """Listen, in a thread of its own."""

    @abstractmethod
    def close(self) -> None:
        """Listen no more."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class Mail:
    sender: str
    recipients: list[str]
    message: EmailMessage

    def part(self, kind: str) -> str:
        """The text of the part of this content type."""
        [found] = [part for part in self.message.walk() if part.get_content_type() == kind]
        return str(found.get_content())


@dataclass
class MailReceiver(Receiver):
    """SMTP. Takes every mail, unless told otherwise for a recipient."""

    login: tuple[str, str] | None = None  # if any, it has to be given
    tls: ssl.SSLContext | None = None  # offers STARTTLS
    mails: list[Mail] = field(default_factory=list)
    attempts: list[tuple[str, str]] = field(
        default_factory=list
    )  # recipient, how RCPT was answered
    sender_answer: str = ""  # to every MAIL FROM, in place of accepting it
    port: int = 0

    def __post_init__(self) -> None:
        self._answers: dict[str, deque[str]] = defaultdict(deque)
        self._data_answers: dict[str, deque[str]] = defaultdict(deque)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def answer(self, recipient: str, *answers: str) -> None:
        """What the next attempts get, one each, as answer to RCPT: "451 …", ACCEPT, HANG."""
        self._answers[recipient].extend(answers)

    def answer_data(self, recipient: str, *answers: str) -> None:
        """The same as answer to the whole mail."""
        self._data_answers[recipient].extend(answers)

    def environment(self) -> dict[str, str]:
        login = ":".join(self.login) + "@" if self.login else ""
        return {
            "FINLO_EMAIL_URL": f"smtp://{login}127.0.0.1:{self.port}",
            "FINLO_EMAIL_FROM": "Finlo <alerts@finlo.test>",
        }

    def start(self) -> None:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _listen(self) -> None:
        self._server = await self._loop.create_server(self._connection, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _end(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _connection(self) -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a login without TLS, on loopback
            return SMTP(
                self,
                hostname="mail.test",
                loop=self._loop,
                authenticator=self._log_in if self.login else None,
                auth_required=self.login is not None,
                auth_require_tls=False,
                tls_context=self.tls,
            )

    def _log_in(
        self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any
    ) -> AuthResult:
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == self.login, handled=False)

    # Called by aiosmtpd, by these names.

    async def handle_MAIL(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.sender_answer:
            return self.sender_answer
        envelope.mail_from = address
        return "250 2.1.0 Sender ok"

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        waiting = self._answers[address]
        answer = waiting.popleft() if waiting else ACCEPT
        self.attempts.append((address, answer))
        if answer == HANG:
            await asyncio.Event().wait()
        if answer == ACCEPT:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        waiting = self._data_answers[envelope.rcpt_tos[0]]
        answer = waiting.popleft() if waiting else ACCEPT
        if answer in {ACCEPT, TAKE_AND_HANG}:
            message = message_from_bytes(envelope.content, policy=policy.default)
            self.mails.append(Mail(envelope.mail_from, list(envelope.rcpt_tos), message))
        if answer in {HANG, TAKE_AND_HANG}:
            await asyncio.Event().wait()
        return answer


@dataclass(frozen=True, slots=True)
class WebAnswer:
    status: int = 200
    body: bytes = b"ok"
    headers: Mapping[str, str] = field(default_factory=dict)
    hang: bool = False  # no answer, until the receiver is closed
    drip: str = ""  # "headers" or "body" come byte by byte without end


@dataclass(frozen=True, slots=True)
class WebRequest:
    method: str
    path: str
    headers: Mapping[str, str]  # names in lower case
    body: bytes


class WebReceiver(Receiver):
    """HTTP, or HTTPS with a context. Answers 200, unless told otherwise."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[WebRequest] = []
        self.connections = 0
        self._answers: deque[WebAnswer] = deque()
        self._closed = threading.Event()
        self._scheme = "https" if tls else "http"
        self._server = _Server(self, tls)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )
        self.port: int = self._server.server_address[1]

    @property
    def place(self) -> str:
        """As FINLO_OUTBOUND_ALLOW has it."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self._scheme}://{self.place}"

    def answer(self, *answers: WebAnswer) -> None:
        """What the next requests get, one each."""
        self._answers.extend(answers)

    def environment(self) -> dict[str, str]:
        """SMS go here; Slack and webhooks may be sent here."""
        return {
            "FINLO_OUTBOUND_ALLOW": self.place,
            "FINLO_SMS_API": self.url,
            "FINLO_SMS_ACCOUNT": "AC00000000000000000000000000000000",
            "FINLO_SMS_TOKEN": "token",
            "FINLO_SMS_FROM": "+15005550006",
        }

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()

    def take(self, request: WebRequest) -> WebAnswer:
        self.requests.append(request)
        return self._answers.popleft() if self._answers else WebAnswer()

    def wait(self, seconds: float | None = None) -> bool:
        """Whether it has been closed meanwhile."""
        return self._closed.wait(seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, receiver: WebReceiver, tls: ssl.SSLContext | None) -> None:
        self.receiver = receiver
        self._tls = tls
        super().__init__(("127.0.0.1", 0), _Handler)

    def get_request(self) -> Any:
        connected, address = super().get_request()
        self.receiver.connections += 1
        if self._tls:
            connected = self._tls.wrap_socket(
                connected, server_side=True, do_handshake_on_connect=False
            )
        return connected, address


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def handle(self) -> None:
        # Who hangs up, or does not like the certificate, is no error here.
        with suppress(OSError):
            super().handle()

    def do_POST(self) -> None:
        receiver = self.server.receiver
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = receiver.take(WebRequest(self.command, self.path, headers, body))
        if answer.hang:
            receiver.wait()
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.drip == "headers":
            self.flush_headers()
            self.wfile.write(b"X-Drip: ")
            self._drip()
            return
        if not answer.drip:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)
        if answer.drip:
            self._drip()

    do_GET = do_POST  # noqa: N815 - to see it, should a redirect be followed

    def _drip(self) -> None:
        while not self.server.receiver.wait(DRIP_SECONDS):
            self.wfile.write(b".")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's
        """What came is in `requests`."""
