"""Django's SMTP, which also keeps what the server said when it took the last mail."""

import smtplib
from typing import Any

from django.core.mail.backends.smtp import EmailBackend as DjangoBackend


class _Remembering:
    said = ""

    def data(self, msg: Any) -> tuple[int, bytes]:
        code, text = super().data(msg)  # type: ignore[misc] # smtplib's, by inheritance
        self.said = f"{code} {' '.join(text.decode('utf-8', 'replace').split())}"
        return code, text


class _Plain(_Remembering, smtplib.SMTP):
    pass


class _Encrypted(_Remembering, smtplib.SMTP_SSL):
    pass


class EmailBackend(DjangoBackend):
    """``connection.said``, while it is open: the answer that has the number in the server's queue."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _Encrypted if self.use_ssl else _Plain
