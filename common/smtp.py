"""Django's SMTP, bounded in time as a whole, which also keeps what the server said when it took the mail."""

import smtplib
import socket
import threading
import time
from contextlib import suppress
from typing import Any

from django.core.mail.backends.smtp import EmailBackend as DjangoBackend

from common import outbound

# A server may take EMAIL_TIMEOUT for each of a dozen steps, and send a byte now and then: together
# they take no longer than this.
WHOLE_SECONDS = 30.0


class _Remembering:
    said = ""

    def data(self, msg: Any) -> tuple[int, bytes]:
        code, text = super().data(msg)  # type: ignore[misc] # smtplib's, by inheritance
        self.said = f"{code} {' '.join(text.decode('utf-8', 'replace').split())}"
        return code, text


class _Bounded(smtplib.SMTP):
    """From the look-up of its name on. When time is up the connection ends under whatever waits for it."""

    _watch: threading.Timer | None = None

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        deadline = time.monotonic() + WHOLE_SECONDS
        until = time.monotonic() + timeout
        try:
            addresses = outbound.resolve(host, port, timeout)
        except outbound.NoAnswerError as error:
            raise OSError(str(error)) from None
        plain = outbound.connect(addresses, port, until)
        plain.settimeout(timeout)
        # TLS takes the socket over, and leaves this second name of the connection.
        self._watch = threading.Timer(deadline - time.monotonic(), _end, [plain.dup()])
        self._watch.daemon = True
        self._watch.start()
        return plain

    def close(self) -> None:
        super().close()
        if self._watch is not None:
            self._watch.cancel()
            _end(*self._watch.args)


def _end(connected: socket.socket) -> None:
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)
    connected.close()


class _Plain(_Remembering, _Bounded):
    pass


class _Encrypted(_Remembering, smtplib.SMTP_SSL, _Bounded):
    pass


class EmailBackend(DjangoBackend):
    """``connection.said``, while it is open: the answer that has the number in the server's queue."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _Encrypted if self.use_ssl else _Plain
