"""An SMS: how severe, what and where, and the link, which always has its room."""

from django.utils.translation import gettext as _

from alerts import dlt
from alerts.messages.message import Telling
from common.isolate import isolate

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


def under_template(telling: Telling, template: dlt.Template) -> str:
    """The registered text with its variables; nothing else is let pass."""
    first = telling.parts[0]
    is_alone = len(telling.parts) == 1
    values = {
        1: str(first.severity.label) if first.severity is not None else "",
        2: _what(telling) if is_alone else telling.subject,
        3: first.place if is_alone else "",
        4: first.link if is_alone else "",
    }
    plain = {number: value.translate(PLAIN) for number, value in values.items()}
    return dlt.filled(template.text, plain)


def short(telling: Telling) -> str:
    """As few parts as hold all of it; the text is cut where the last allowed one ends, and never the link."""
    told = isolate(_told(telling).translate(PLAIN))
    [link, *others] = [part.link for part in telling.parts]
    tail = f" {link}" if link and not others else ""
    maximum = _places(told + tail)[-1]
    room = maximum - _size(tail)
    if tail and room < MIN_TEXT:  # an address that no SMS can hold
        return _cut(told, maximum)
    return f"{_cut(told, room)}{tail}"


def parts_of(text: str) -> int:
    """How many SMS a text is."""
    places = _places(text)
    size = _size(text)
    fitting = (number for number, room in enumerate(places, start=1) if size <= room)
    of_each = places[1] // 2
    return next(fitting, -(-size // of_each))


def _places(text: str) -> tuple[int, ...]:
    return OF_OTHERS if set(text) - ALPHABET - TWICE else OF_ALPHABET


def _told(telling: Telling) -> str:
    part = telling.parts[0]
    if part.severity is None or len(telling.parts) > 1:
        return telling.subject
    where = f" – {part.place}" if part.place else ""
    return f"{part.severity.label}: {_what(telling)}{where}"


def _what(telling: Telling) -> str:
    what = telling.parts[0].title
    return _("Not acknowledged: %s") % what if telling.kind == "alert.escalated" else what


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
