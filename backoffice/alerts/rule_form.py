"""The form of a rule: which fields its kind has, and what its threshold means."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldBooleanSwitchWidget

from alerts.enums import FOR_PARTNERS, OF_STOCK, Kind, Per
from alerts.models.rule import PARTS
from backoffice.kit.forms import AdminForm
from backoffice.kit.shown_when import shown_when

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Fields that only some kinds have, beside those that the model names.
KINDS: dict[str, tuple[Kind, ...]] = {
    **PARTS,
    "pool": OF_STOCK,
    "channel": (*FOR_PARTNERS, Kind.SELL_THROUGH_GAP),
    "tells_channel_team": FOR_PARTNERS,
    "tells_partner": FOR_PARTNERS,
    "hysteresis": (Kind.LOW_STOCK, Kind.OVERSELL_RISK, Kind.SELL_THROUGH_GAP),
}
# Low stock has these only where it is counted by channel.
OF_A_CHANNEL = ("channel", "tells_channel_team", "tells_partner")
NONE: dict[str, Any] = {
    "per": "",
    "unit": "",
    "pace": "",
    "hysteresis": Decimal(0),
    "tells_channel_team": False,
    "tells_partner": False,
}
THRESHOLDS: "dict[Kind, StrOrPromise]" = {
    Kind.LOW_STOCK: _(
        "An alert begins below this. Percent are of all that the channel, pool or item has: sold, held "
        "and free."
    ),
    Kind.OVERSELL_RISK: _(
        "Percent of a pool's capacity that is sold or held, over all channels. From this on an alert "
        "begins."
    ),
    Kind.VELOCITY: _(
        "Units. Where fewer were sold and fewer were to be expected, nothing is judged: from 0 to 2 "
        "tickets is no news."
    ),
    Kind.SELL_THROUGH_GAP: _(
        "Percent. The fast channel has sold so much of its own part, or more."
    ),
    Kind.TRANSFER_WAITING: _("Minutes that it has waited. 0: as soon as it is asked for."),
    Kind.SYNC_OVERDUE: _("Minutes without a sign of life of the channel's programs."),
    Kind.PAYMENT_OVERDUE: _("Days after the one on which it was due."),
    Kind.DELIVERY_FAILING: _(
        "Attempts in a row that fail at one address. A refusal for good is told at once."
    ),
    Kind.LEDGER_DIFFERENCE: _("Rows in which stock, ledger and bookings differ."),
}
HELP: Any = {
    **dict.fromkeys(("venue", "event", "kind"), ""),
    "other_threshold": _("Percent. The slow channel has sold so much of its own, or less."),
    "window_minutes": _("What was sold in so many minutes is compared with what is usual then."),
    "probability": _(
        "How seldom chance alone may do it: 0.00001 is 1 in 100,000. Smaller: fewer alerts."
    ),
    "severity": _("Low is gathered in a digest; high is sent in quiet hours too."),
}
MESSAGES: Any = {
    "alertrule_name_once": ("name", _("There is a rule of this name already.")),
    "alertrule_low_stock_of_what": ("per", _("Say of what it is counted, and in what.")),
    "alertrule_percent_within_100": ("threshold", _("Percent lie between 0 and 100.")),
    "alertrule_gap_between_two": (
        "threshold",
        _("The fast channel has sold more than the slow one, and at most 100 percent."),
    ),
    "alertrule_velocity_has_its_window": (
        "window_minutes",
        _("Say in how many minutes, which pace, and below which probability up to 0.001."),
    ),
    "alertrule_event_where_stock_is_watched": (
        "kind",
        _("An event has rules of its own for what its stock does."),
    ),
    "alertrule_within_venue": (None, _("Event, pool and channel belong to the rule's venue.")),
    "alertrule_teams_within_venue": ("teams", _("A rule tells teams of its own venue.")),
}


def conditions() -> dict[str, str]:
    """Field → when the page shows it. Where the kind is fixed, only its own fields are there anyway."""
    cases = {field: shown_when({"kind": kinds}) for field, kinds in KINDS.items()}
    for field in OF_A_CHANNEL:
        others = [kind for kind in KINDS[field] if kind != Kind.LOW_STOCK]
        by_channel = {"kind": (Kind.LOW_STOCK,), "per": (Per.CHANNEL,)}
        cases[field] = shown_when({"kind": others}, by_channel)
    cases["threshold"] = shown_when({"kind": list(Kind)})
    return cases


def threshold_help(kind: str | None) -> "StrOrPromise":
    """Of the kind; of all where it is not chosen yet: the page shows that of the chosen one."""
    if kind:
        return THRESHOLDS[Kind(kind)]
    return _all_thresholds()


def _all_thresholds() -> SafeString:
    rows = ((shown_when({"kind": (kind,)}), text) for kind, text in THRESHOLDS.items())
    return format_html_join("", '<span hidden data-shown-when="{}">{}</span>', rows)


class RuleForm(AdminForm):
    """What the chosen kind does not have is left away, whatever was typed before it was chosen."""

    keeps_others = forms.BooleanField(
        label=_("Keep the others"),
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=_(
            "An event with a rule of its own for something follows its own rules alone. On: whatever "
            "else the venue has for the same is copied for this event; off: it falls silent for it."
        ),
    )
    for_event = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("threshold", "other_threshold", "hysteresis"):
            value = self.initial.get(name)
            if isinstance(value, Decimal):  # without the noughts that its column has
                self.initial[name] = format(value.normalize(), "f")
        probability = self.initial.get("probability")
        if isinstance(probability, float):  # 1e-05 is no number to most people
            self.initial["probability"] = f"{probability:.12f}".rstrip("0")
        if not self.for_event:
            del self.fields["keeps_others"]

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or self.cleaned_data
        kind = found.get("kind") or self.instance.kind
        per = found.get("per")
        for field, kinds in KINDS.items():
            fits = kind in kinds and not (
                kind == Kind.LOW_STOCK and field in OF_A_CHANNEL and per not in (Per.CHANNEL, None)
            )
            if field in self.fields and not fits:
                self.errors.pop(field, None)
                found[field] = NONE.get(field)
        return found
