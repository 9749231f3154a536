"""The words of a board, as its pages and their scripts say them."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LEVELS: "dict[str, StrOrPromise]" = {
    "plenty": _("Available"),
    "limited": _("Limited"),
    "few": _("Few left"),
    "none": _("Sold out"),
    "stopped": _("Stopped"),
    # The sentence beside it says why: a window that is not open yet, or nothing of it on sale.
    "closed": _("Not on sale"),
}
# Somebody has stopped it, and may let it go on at any moment: not the same as closed.
STOPPED = "STOP_SELL"

# What the script says; it fills in what stands in braces.
WORDS: "dict[str, StrOrPromise]" = {
    "live": pgettext_lazy("connection", "Live"),
    "connecting": _("Connecting…"),
    "stale": _("Not live since {time}"),
    "retrying": _("Reconnecting in {seconds} s"),
    "reconnecting": _("Reconnecting…"),
    "noRedis": _("Live updates are away. The numbers are refreshed every few seconds."),
    "noDatabase": _("The database does not answer. The numbers are {age} old."),
    "noSocket": _("No connection to the live server. The numbers are {age} old."),
    "noPage": _(
        "The web server does not answer. Items, channels and state are those of {age} ago; the counts are live."
    ),
    "signedOut": _("You are signed out. The numbers are {age} old: reload to sign in."),
    "refused": _("The live server refuses this address. The numbers are {age} old."),
    "gone": _("You can no longer see this event. The numbers are {age} old."),
    "seconds": _("{n} s"),
    "minutes": _("{n} min"),
    "hours": _("{n} h"),
    "estimated": _("{reported} reported {time} · about {about} ({low}–{high})"),
    "notEstimated": _("{reported} reported {time} · no estimate yet"),
    # Before, while and after the doors are open; {time} is on the venue's clock.
    "startsIn": _("Starts in"),
    "startedAt": _("Started at"),
    "opensIn": _("Doors open in"),
    "openUntil": _("Open until"),
    "over": _("Over since"),
    "days": _("{n} days"),
    "hoursMinutes": _("{h} h {m} min"),
    "pace": _("{channel}: {n} sold in the last hour"),
    "newAlert": _("New alert: {title}"),
    "moreAlerts": _("{n} more"),
    "page": _("Page {n} of {of}"),
    "awake": _("The screen stays on."),
    "maySleep": _("This browser cannot keep the screen on."),
}
