"""E-mail, by the server that ``FINLO_EMAIL_URL`` names."""

import re
import smtplib
import ssl
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _

from alerts.transports.errors import RefusedForGoodError, RefusedForNowError
from alerts.transports.message import Message

PERMANENT = 500
# Codes that ask us to log in first, and words by which a server says that it does not know us:
# whoever the message is for has nothing to do with that.
LOG_IN_FIRST = frozenset({530, 534, 535, 538})
NOT_FOR_US = re.compile(r"\brelay", re.IGNORECASE)
LONGEST_QUOTE = 160


def send(address: str, message: Message) -> str:
    _require(address)
    mail = EmailMultiAlternatives(
        subject=" ".join(message.subject.split()),
        body=message.text,
        from_email=settings.EMAIL_FROM,
        to=[address],
        headers={
            "Message-ID": message_id(message),
            "Auto-Submitted": "auto-generated",  # no out-of-office replies (RFC 3834)
        },
    )
    mail.attach_alternative(message.html, "text/html")
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


def check_address(address: str) -> None:
    EmailValidator(_("This is not an e-mail address."), code="address")(address)


def message_id(message: Message) -> str:
    """The same for each attempt, so that a mail sent twice can be recognized."""
    domain = parseaddr(settings.EMAIL_FROM)[1].rpartition("@")[2]
    return f"<{message.id}@{domain}>"


def _require(address: str) -> None:
    if not settings.EMAIL_CONFIGURED:
        raise RefusedForNowError(
            _("No mail server is set up: FINLO_EMAIL_URL and FINLO_EMAIL_FROM name it.")
        )
    try:
        check_address(address)
    except ValidationError as error:
        raise RefusedForGoodError(" ".join(error.messages)) from None


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
