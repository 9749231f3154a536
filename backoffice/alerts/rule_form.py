"""The form of a rule: which fields its kind has, and what its threshold means."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldBooleanSwitchWidget

from alerts.enums import Kind
from alerts.kinds import KINDS, kinds_with
from backoffice.kit.forms import AdminForm
from backoffice.kit.shown_when import shown_when

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Fields that only some kinds have, with those kinds.
FIELDS = {field for entry in KINDS.values() for field in entry.fields}
KINDS_WITH = {field: kinds_with(field) for field in sorted(FIELDS)}
NONE: dict[str, Any] = {
    "per": "",
    "unit": "",
    "pace": "",
    "hysteresis": Decimal(0),
    "tells_channel_team": False,
    "tells_partner": False,
}
HELP: Any = {
    **dict.fromkeys(("venue", "event", "kind"), ""),
    "severity": _("Low is gathered in a digest; high is sent in quiet hours too."),
    **{field: text for entry in KINDS.values() for field, text in entry.help_texts.items()},
}
MESSAGES: Any = {
    "alertrule_name_once": ("name", _("There is a rule of this name already.")),
    "alertrule_percent_within_100": ("threshold", _("Percent lie between 0 and 100.")),
    "alertrule_event_where_stock_is_watched": (
        "kind",
        _("An event has rules of its own for what its stock does."),
    ),
    "alertrule_within_venue": (None, _("Event, pool and channel belong to the rule's venue.")),
    "alertrule_teams_within_venue": ("teams", _("A rule tells teams of its own venue.")),
    **{
        entry.constraint.name: (entry.constraint.field, entry.constraint.message)
        for entry in KINDS.values()
        if entry.constraint is not None
    },
}


def conditions() -> dict[str, str]:
    """Field → when the page shows it. Where the kind is fixed, only its own fields are there anyway."""
    cases = {field: shown_when(*_cases(field, kinds)) for field, kinds in KINDS_WITH.items()}
    cases["threshold"] = shown_when({"kind": list(KINDS)})
    return cases


def _cases(field: str, kinds: Sequence[Kind]) -> list[dict[str, Sequence[str]]]:
    """The kinds that always have the field, and each that has it with some values of other fields."""
    always = [kind for kind in kinds if field not in KINDS[kind].field_conditions]
    cases: list[dict[str, Sequence[str]]] = [{"kind": always}]
    other_kinds = (kind for kind in kinds if kind not in always)
    cases.extend({"kind": (kind,), **KINDS[kind].field_conditions[field]} for kind in other_kinds)
    return cases


def threshold_help(kind: str | None) -> "StrOrPromise":
    """Of the kind; of all where it is not chosen yet: the page shows that of the chosen one."""
    if kind:
        return KINDS[Kind(kind)].threshold_help
    return _all_thresholds()


def _all_thresholds() -> SafeString:
    rows = ((shown_when({"kind": (kind,)}), entry.threshold_help) for kind, entry in KINDS.items())
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
        data: dict[str, Any] = super().clean() or self.cleaned_data
        kind = data.get("kind") or self.instance.kind
        for field in KINDS_WITH:
            fits = kind in KINDS and KINDS[Kind(kind)].has(field, data)
            if field in self.fields and not fits:
                self.errors.pop(field, None)
                data[field] = NONE.get(field)
        return data
