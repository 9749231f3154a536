"""SMS, by Twilio or a provider that speaks as Twilio does (``FINLO_SMS_API``)."""

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from alerts.transports.answers import quote, retry_after
from alerts.transports.errors import RefusedForGoodError, RefusedForNowError
from alerts.transports.message import Message
from common import outbound

NUMBER = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)  # E.164
BAD_REQUEST = 400
# Twilio's codes for a sender that is wrong or has too much to do, and for too many requests: they come
# with the status 400, and say nothing of the number.
OURS = frozenset({20429, 21212, 21603, 21606, 21611, 21659, 21660, 21661, 21703, 21705})
SERVICE = "MG"  # of a messaging service: it chooses the number itself


def send(address: str, message: Message) -> str:
    _require(address)
    # Its library takes a fifth of a second: only who sends has to wait for it.
    from alerts.transports import provider

    client, out = provider.connect(_ids(message))
    sender = settings.SMS_FROM
    key = "messaging_service_sid" if sender.startswith(SERVICE) else "from_"
    try:
        sent = client.messages.create(to=address, body=message.short, **{key: sender})
    except outbound.ForbiddenAddressError as error:
        raise RefusedForNowError(f"FINLO_SMS_API: {error}") from None
    except outbound.NoAnswerError as error:
        raise RefusedForNowError(str(error)) from None
    except provider.TwilioException as error:
        raise _refusal(getattr(error, "code", None), out.answer) from None
    except ValueError:  # taken, it seems, but not said in Twilio's way
        return quote(out.answer)
    return f"{sent.status}: {sent.sid}"


def _ids(message: Message) -> dict[str, str]:
    """The ids of a registered template under the names by which the provider takes them, where it takes any."""
    if message.template is None:
        return {}
    ids = {
        settings.SMS_DLT_ENTITY: message.template.entity,
        settings.SMS_DLT_TEMPLATE: message.template.template,
    }
    return {name: value for name, value in ids.items() if name}


def check_address(address: str) -> None:
    if not NUMBER.fullmatch(address):
        raise ValidationError(
            _("A number begins with + and the country, and has no spaces: +436641234567."),
            code="address",
        )


def _require(address: str) -> None:
    needed = {
        "FINLO_SMS_ACCOUNT": settings.SMS_ACCOUNT,
        "FINLO_SMS_TOKEN": settings.SMS_TOKEN,
        "FINLO_SMS_FROM": settings.SMS_FROM,
    }
    missing = [name for name, value in needed.items() if not value]
    if missing:
        raise RefusedForNowError(
            _("No provider of SMS is set up: %(names)s.") % {"names": ", ".join(missing)}
        )
    try:
        check_address(address)
    except ValidationError as error:
        raise RefusedForGoodError(" ".join(error.messages)) from None


def _refusal(code: object, answer: outbound.Answer) -> Exception:
    reason = _("The provider of SMS answers %(said)s") % {"said": quote(answer)}
    if answer.status == BAD_REQUEST and code not in OURS:
        return RefusedForGoodError(reason)
    # Busy, or an account, a key or an address that is wrong, and is ours.
    return RefusedForNowError(reason, retry_after(answer))
