"""A mail: text for who wants no more, and HTML of tables and inline styles, as mail programs know it."""

from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts.enums import Severity
from alerts.messages.message import Telling
from alerts.quantities import number

# White text on each is read with ease.
COLORS = {Severity.CRITICAL: "#b42318", Severity.WARNING: "#8a5a00", Severity.INFO: "#57606a"}


def text(telling: Telling) -> str:
    return render_to_string("alerts/email.txt", _context(telling))


def html(telling: Telling) -> str:
    return render_to_string("alerts/email.html", _context(telling))


def more(telling: Telling) -> str:
    """How many are not told."""
    if not telling.more:
        return ""
    return ngettext("And %s more.", "And %s more.", telling.more) % number(telling.more)


def _context(telling: Telling) -> dict[str, object]:
    return {
        "telling": telling,
        "parts": [
            {
                "part": part,
                "tag": part.severity.label if part.severity is not None else "",
                "color": COLORS.get(part.severity, "") if part.severity is not None else "",
            }
            for part in telling.parts
        ],
        "more": more(telling),
        "open": telling.open_label or _("Open alert"),
        "what_to_do": _("What to do"),
    }
