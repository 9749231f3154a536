"""Two people at one configuration: what differs, field by field, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _t

from backoffice.configuration.fields import LABELS
from backoffice.configuration.form import SWITCHES
from planning.configuration.errors import Difference
from planning.configuration.state import NEW_RULE, ON, PLAN, Configuration, part_key, part_of
from transfers.enums import Amount

MINE, THEIRS = "mine", "theirs"


@dataclass(frozen=True, slots=True)
class Told:
    """``choice`` is what is chosen at first: what only they have changed is taken over."""

    difference: Difference
    what: str
    was: str
    mine: str
    theirs: str
    choice: str

    @property
    def is_chosen(self) -> bool:
        """Whether theirs or mine can be taken. A version of a plan is what it is, and an amount in another unit is no amount."""
        difference = self.difference
        if difference.key.endswith(f".{PLAN}"):
            return difference.mine == ""
        return difference.mine.endswith("%") == difference.theirs.endswith("%")

    @property
    def name(self) -> str:
        return f"take-{self.difference.key}"


def told(differences: Sequence[Difference], current: Configuration) -> list[Told]:
    names = _names(current)
    return [
        Told(
            difference,
            what=_what(difference.key, names),
            was=_value(difference.key, difference.was),
            mine=_value(difference.key, difference.mine),
            theirs=_value(difference.key, difference.theirs),
            choice=MINE if difference.is_contested else THEIRS,
        )
        for difference in differences
    ]


def _names(current: Configuration) -> dict[str, str]:
    """Part, or field of a pool → its name."""
    names: dict[str, str] = {key: rule.name for key, rule in current.alerts.items()}
    names |= {f"rule-{pk}": rule.name for pk, rule in current.rules.items()}
    for pk, state in current.pools.items():
        names[f"pool-{pk}"] = state.pool.name
        for group in state.spec.groups:
            names[f"pool-{pk}.{part_key(group)}"] = f"“{group.name}”"
        for channel_id, channel in current.channels.items():
            names[f"pool-{pk}.line-{channel_id}"] = channel.name
    return names | {NEW_RULE: _t("New rule"), "policy": _t("Policy")}


def _what(key: str, names: dict[str, str]) -> str:
    part, _dot, name = key.partition(".")
    if name == PLAN:
        label: Any = _t("plan")
    else:
        label = names.get(key) or LABELS.get(name) or _t("a part that is there no more")
    return f"{names.get(part, part_of(key))}: {label}"


def _value(key: str, text: str) -> str:
    name = key.partition(".")[2]
    if name == PLAN:
        if not text:
            return _t("begun anew")
        return _t("no plan") if text == "0" else _t("version %s") % text
    if name in SWITCHES:
        return _t("on") if text == ON else _t("off")
    if name == "amount" and text in Amount.values:
        return str(Amount(text).label)
    return text or "–"
