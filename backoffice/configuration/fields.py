"""A field of the configuration page: its label, what stands in it, what is wrong with it, and whether it may be changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from backoffice.configuration.form import SWITCHES, ConfigurationForm
from planning.configuration.preview import Preview
from planning.configuration.state import ON
from transfers.enums import Amount

LABELS: Mapping[str, Any] = {
    "is_active": _("On"),
    "is_trial": _("On trial"),
    "source_below": _("Source sold below, %"),
    "target_at_least": _("Target sold at least, %"),
    "amount": _("How much"),
    "value": _("Units or percent"),
    "keeps": _("Source keeps, units"),
    "max_per_run": _("At most at once"),
    "max_per_day": _("At most in 24 hours"),
    "approval_hours": _("Approval from, hours before the start"),
    "approval_above": _("Approval above, units"),
    "lapse_hours": _("A request lapses after, hours"),
    "four_eyes": _("Four eyes"),
    "name": _("Name"),
    "threshold": _("Threshold"),
    "other_threshold": _("Other threshold"),
    "probability": _("Probability"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A field. ``choices`` of one that is chosen from; ``most``: how far its slider goes, where it has one."""

    key: str
    label: Any
    text: str
    problem: str
    is_open: bool
    is_switch: bool = False
    choices: Sequence[tuple[str, Any]] = ()
    most: str = ""
    step: str = "1"
    unit: str = ""

    @property
    def id(self) -> str:
        return self.key.replace(".", "-")

    @property
    def is_on(self) -> bool:
        return self.text == ON


class Fields:
    """Of a form, and of what saving it would do."""

    def __init__(self, form: ConfigurationForm, foreseen: Preview | None) -> None:
        self.form, self.current, self.foreseen = form, form.current, foreseen
        self.rights = form.rights

    def field(self, key: str, **more: Any) -> Shown:
        part, _dot, name = key.partition(".")
        text = self.form.texts.get(key, "")
        if name == "amount" and not more.get("choices"):
            more["choices"] = Amount.choices
        return Shown(
            key=key,
            label=more.pop("label", LABELS.get(name, name)),
            text=text,
            problem=self.form.problems.get(key, ""),
            is_open=self.rights.may_change(part, self.current),
            is_switch=name in SWITCHES,
            **more,
        )

    def problem(self, part: str) -> str:
        return self.form.problems.get(part, "")
