"""A whole message as text, for transports that show all of it."""

from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts.enums import Severity
from alerts.quantities import number
from alerts.transports.message import Content
from common.isolate import isolate

# White text on each is read with ease.
COLORS = {Severity.CRITICAL: "#b42318", Severity.WARNING: "#8a5a00", Severity.INFO: "#57606a"}


def plain_text(content: Content) -> str:
    """The whole message as lines."""
    return isolate(render_to_string("alerts/email.txt", context(content)))


def more(content: Content) -> str:
    """How many are not told."""
    if not content.more:
        return ""
    return ngettext("And %s more.", "And %s more.", content.more) % number(content.more)


def context(content: Content) -> dict[str, object]:
    """What the templates of a message need, as lines and as a page."""
    return {
        "content": content,
        "sections": [
            {
                "section": section,
                "tag": section.severity.label if section.severity is not None else "",
                "color": COLORS.get(section.severity, "") if section.severity is not None else "",
            }
            for section in content.sections
        ],
        "more": more(content),
        "open": content.open_label or _("Open alert"),
        "what_to_do": _("What to do"),
    }
