"""An SMS: how severe, what and where, and the link if it fits into two of them."""

from django.utils.translation import gettext as _

from alerts.messages.telling import Telling

# The alphabet of GSM 03.38. A single other letter, and an SMS holds 70 of them in place of 160.
ALPHABET = frozenset(
    "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
TWICE = frozenset("^{}\\[~]|€")  # of the same alphabet, at two places each
PLAIN = str.maketrans(
    {"–": "-", "—": "-", "·": "-", "“": '"', "”": '"', "‘": "'", "’": "'", "…": "...", "→": "->"}
)
# Places in one SMS, and in two that are joined.
OF_ALPHABET = (160, 306)
OF_OTHERS = (70, 134)
LAST_OF_PLANE = 0xFFFF


def short(telling: Telling) -> str:
    told = _told(telling).translate(PLAIN)
    one, both = OF_OTHERS if set(told) - ALPHABET - TWICE else OF_ALPHABET
    [link, *others] = [part.link for part in telling.parts]
    room = both - _size(f" {link}")
    if link and not others and room >= min(one, _size(told)):
        return f"{_cut(told, room)} {link}"
    return _cut(told, both)


def _told(telling: Telling) -> str:
    part = telling.parts[0]
    if part.severity is None or len(telling.parts) > 1:
        return telling.subject
    what = part.title
    if telling.kind == "alert.escalated":
        what = _("Not acknowledged: %s") % what
    where = f" – {part.place}" if part.place else ""
    return f"{part.severity.label}: {what}{where}"


def _cut(text: str, most: int) -> str:
    if _size(text) <= most:
        return text
    while _size(text) > most - 3:
        text = text[:-1]
    return f"{text}..."


def _size(text: str) -> int:
    """In places of either alphabet; what lies beyond the first plane takes two as well."""
    return sum(2 if letter in TWICE or ord(letter) > LAST_OF_PLANE else 1 for letter in text)
