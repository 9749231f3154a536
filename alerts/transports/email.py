"""E-mail, by the server that ``FINLO_EMAIL_URL`` names."""

import re
import smtplib
import ssl
from dataclasses import dataclass
from email.utils import parseaddr
from mimetypes import guess_type
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import EmailValidator
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.enums import Transport
from alerts.transports.base import MessageTransport
from alerts.transports.errors import RefusedForGoodError, RefusedForNowError
from alerts.transports.message import Attachment, Message
from alerts.transports.text import context, plain_text
from common.isolate import isolate, isolate_html

PERMANENT = 500
# Codes that ask us to log in first, and words by which a server says that it does not know us:
# whoever the message is for has nothing to do with that.
LOG_IN_FIRST = frozenset({530, 534, 535, 538})
NOT_FOR_US = re.compile(r"\brelay", re.IGNORECASE)
LONGEST_QUOTE = 160


@dataclass(frozen=True, slots=True)
class Mail:
    id: UUID
    subject: str
    text: str
    html: str
    files: tuple[Attachment, ...] = ()


class Email(MessageTransport[Mail]):
    """Text for who wants no more, and HTML of tables and inline styles, as mail programs know it."""

    transport = Transport.EMAIL
    address_help = gettext_lazy("the address")
    is_for_partners = True
    ignores_case = True

    def check_address(self, address: str) -> None:
        EmailValidator(_("This is not an e-mail address."), code="address")(address)

    def render(self, message: Message) -> Mail:
        content = message.content
        page = render_to_string("alerts/email.html", context(content))
        subject = isolate(content.subject)
        return Mail(message.id, subject, plain_text(content), isolate_html(page), content.files)

    def send(self, address: str, secret: str, rendered: Mail) -> str:
        del secret
        self._require(address)
        mail = EmailMultiAlternatives(
            subject=" ".join(rendered.subject.split()),
            body=rendered.text,
            from_email=settings.EMAIL_FROM,
            to=[address],
            headers={
                "Message-ID": message_id(rendered.id),
                "Auto-Submitted": "auto-generated",  # no out-of-office replies (RFC 3834)
            },
        )
        mail.attach_alternative(rendered.html, "text/html")
        for file in rendered.files:
            mail.attach(file.name, file.content, guess_type(file.name)[0])
        try:
            with get_connection() as server:
                server.send_messages([mail])
                said = getattr(getattr(server, "connection", None), "said", "")
        except smtplib.SMTPRecipientsRefused as error:
            [(code, text)] = error.recipients.values()
            raise _refusal(code, text) from None
        except smtplib.SMTPDataError as error:
            raise _refusal(error.smtp_code, error.smtp_error) from None
        except smtplib.SMTPResponseException as error:  # greeting, login, sender: nobody's but ours
            raise RefusedForNowError(_answer(error.smtp_code, error.smtp_error)) from None
        except (smtplib.SMTPException, OSError) as error:
            raise RefusedForNowError(
                _("There is no connection to the mail server %(host)s: %(why)s.")
                % {"host": settings.EMAIL_HOST, "why": _why(error)}
            ) from None
        return said or _("Written to %(place)s") % {"place": settings.EMAIL_FILE_PATH}

    def _require(self, address: str) -> None:
        if not settings.EMAIL_CONFIGURED:
            raise RefusedForNowError(
                _("No mail server is set up: FINLO_EMAIL_URL and FINLO_EMAIL_FROM name it.")
            )
        try:
            self.check_address(address)
        except ValidationError as error:
            raise RefusedForGoodError(" ".join(error.messages)) from None


# --- What the server answers --------------------------------------------------------------------


def message_id(identity: UUID) -> str:
    """The same for each attempt, so that a mail sent twice can be recognized."""
    domain = parseaddr(settings.EMAIL_FROM)[1].rpartition("@")[2]
    return f"<{identity}@{domain}>"


def _refusal(code: int, text: Any) -> Exception:
    answer = _answer(code, text)
    if code < PERMANENT or code in LOG_IN_FIRST or NOT_FOR_US.search(answer):
        return RefusedForNowError(answer)
    return RefusedForGoodError(answer)


def _answer(code: int, text: Any) -> str:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    quoted = " ".join(said.split())[:LONGEST_QUOTE]
    return _("The mail server answers %(code)d %(text)s") % {"code": code, "text": quoted}


def _why(error: Exception) -> str:
    # smtplib turns most that happens to a connection into its own "disconnected".
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return _("it does not answer in time")
    if isinstance(error, ssl.SSLCertVerificationError):
        return str(error.verify_message).rstrip(".")
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error).rstrip(".")
