"""SMS, by Twilio or a provider that speaks as Twilio does (``FINLO_SMS_API``).

It says how severe, what and where, and the link, which always has its room.
"""

import re
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts import dlt
from alerts.enums import Transport
from alerts.transports.answers import quote, retry_after
from alerts.transports.base import MessageTransport
from alerts.transports.errors import RefusedForGoodError, RefusedForNowError
from alerts.transports.message import Content, Message
from common import outbound
from common.isolate import isolate

NUMBER = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)  # E.164
BAD_REQUEST = 400
# Twilio's codes for a sender that is wrong or has too much to do, and for too many requests: they come
# with the status 400, and say nothing of the number.
OURS = frozenset({20429, 21212, 21603, 21606, 21611, 21659, 21660, 21661, 21703, 21705})
SERVICE = "MG"  # of a messaging service: it chooses the number itself
# The alphabet of GSM 03.38. A single other letter, and an SMS holds 70 of them in place of 160.
ALPHABET = frozenset(
    "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
TWICE = frozenset("^{}\\[~]|€")  # of the same alphabet, at two places each
PLAIN = str.maketrans(
    {"–": "-", "—": "-", "·": "-", "“": '"', "”": '"', "‘": "'", "’": "'", "…": "...", "→": "->"}
)
# Places in one SMS, and in several that are joined: each gives some up to say which it is.
OF_ALPHABET = (160, 306)
OF_OTHERS = (70, 134, 201)
# Of the text, however long the link is.
MIN_TEXT = 20
LAST_OF_PLANE = 0xFFFF


@dataclass(frozen=True, slots=True)
class ShortMessage:
    """``template``: under which ``text`` is registered."""

    text: str
    template: dlt.Template | None = None


class Sms(MessageTransport[ShortMessage]):
    transport = Transport.SMS
    address_help = gettext_lazy("the number with its country, +436641234567")
    has_template = True

    def check_address(self, address: str) -> None:
        if not NUMBER.fullmatch(address):
            raise ValidationError(
                _("A number begins with + and the country, and has no spaces: +436641234567."),
                code="address",
            )

    def render(self, message: Message) -> ShortMessage:
        content, template = message.content, message.template
        text = short(content) if template is None else under_template(content, template)
        return ShortMessage(text, template)

    def send(self, address: str, secret: str, rendered: ShortMessage) -> str:
        del secret
        self._require(address)
        # Its library takes a fifth of a second: only who sends has to wait for it.
        from alerts.transports import provider

        client, out = provider.connect(_ids(rendered.template))
        sender = settings.SMS_FROM
        key = "messaging_service_sid" if sender.startswith(SERVICE) else "from_"
        try:
            sent = client.messages.create(to=address, body=rendered.text, **{key: sender})
        except outbound.ForbiddenAddressError as error:
            raise RefusedForNowError(f"FINLO_SMS_API: {error}") from None
        except outbound.NoAnswerError as error:
            raise RefusedForNowError(str(error)) from None
        except provider.TwilioException as error:
            raise _refusal(getattr(error, "code", None), out.answer) from None
        except ValueError:  # taken, it seems, but not said in Twilio's way
            return quote(out.answer)
        return f"{sent.status}: {sent.sid}"

    def _require(self, address: str) -> None:
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
            self.check_address(address)
        except ValidationError as error:
            raise RefusedForGoodError(" ".join(error.messages)) from None


def under_template(content: Content, template: dlt.Template) -> str:
    """The registered text with its variables; nothing else is let pass."""
    first = content.sections[0]
    is_alone = len(content.sections) == 1
    values = {
        1: str(first.severity.label) if first.severity is not None else "",
        2: _what(content) if is_alone else content.subject,
        3: first.place if is_alone else "",
        4: first.link if is_alone else "",
    }
    plain = {number: value.translate(PLAIN) for number, value in values.items()}
    return dlt.filled(template.text, plain)


def short(content: Content) -> str:
    """As few parts as hold all of it; the text is cut where the last allowed one ends, and never the link."""
    text = isolate(_text(content).translate(PLAIN))
    [link, *others] = [section.link for section in content.sections]
    tail = f" {link}" if link and not others else ""
    maximum = _places(text + tail)[-1]
    room = maximum - _size(tail)
    if tail and room < MIN_TEXT:  # an address that no SMS can hold
        return _cut(text, maximum)
    return f"{_cut(text, room)}{tail}"


def parts_of(text: str) -> int:
    """How many SMS a text is."""
    places = _places(text)
    size = _size(text)
    fitting = (number for number, room in enumerate(places, start=1) if size <= room)
    of_each = places[1] // 2
    return next(fitting, -(-size // of_each))


def _places(text: str) -> tuple[int, ...]:
    return OF_OTHERS if set(text) - ALPHABET - TWICE else OF_ALPHABET


def _text(content: Content) -> str:
    section = content.sections[0]
    if section.severity is None or len(content.sections) > 1:
        return content.subject
    where = f" – {section.place}" if section.place else ""
    return f"{section.severity.label}: {_what(content)}{where}"


def _what(content: Content) -> str:
    what = content.sections[0].title
    return _("Not acknowledged: %s") % what if content.kind == "alert.escalated" else what


def _cut(text: str, maximum: int) -> str:
    if _size(text) <= maximum:
        return text
    # What is cut within a name set apart is set apart anew, so that it ends before the link.
    while _size(isolate(text)) > maximum - 3:
        text = text[:-1]
    return f"{isolate(text)}..."


def _size(text: str) -> int:
    """In places of either alphabet; what lies beyond the first plane takes two as well."""
    return sum(2 if letter in TWICE or ord(letter) > LAST_OF_PLANE else 1 for letter in text)


def _ids(template: dlt.Template | None) -> dict[str, str]:
    """The ids of a registered template under the names by which the provider takes them, where it takes any."""
    if template is None:
        return {}
    ids = {
        settings.SMS_DLT_ENTITY: template.entity,
        settings.SMS_DLT_TEMPLATE: template.template,
    }
    return {name: value for name, value in ids.items() if name}


def _refusal(code: object, answer: outbound.Answer) -> Exception:
    reason = _("The provider of SMS answers %(said)s") % {"said": quote(answer)}
    if answer.status == BAD_REQUEST and code not in OURS:
        return RefusedForGoodError(reason)
    # Busy, or an account, a key or an address that is wrong, and is ours.
    return RefusedForNowError(reason, retry_after(answer))
