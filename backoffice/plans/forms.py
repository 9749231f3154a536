"""The plan editor's form: what was typed, kept as it was typed, and the plan that it says.

Each channel's line and each group is a small form with a prefix of its own; ``line`` and ``group``
list their keys. Moments are read and written on the clock that holds (the venue's).
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldBooleanSwitchWidget

from allocations.enums import Closes, Draws, Opens
from allocations.models import SalesChannel
from allocations.plans.outcome import Problem
from allocations.plans.spec import Group, Line, PlanSpec
from allocations.plans.validation import CLOSING, LONGEST_NAME, LONGEST_NOTE, MAX_LINES, OPENING
from backoffice.kit.form_fields import Moment, Name, OneOf, Text, WholeNumber

UNITS, PERCENT = "units", "percent"
NEVER, AT, BEFORE_START = "NEVER", "AT", "BEFORE_START"
# What a problem of the plan calls an input → what the form calls it.
FIELDS = {"guarantee": "amount", "units": "amount", "percent": "amount", "group": "draws"}
RELEASES = {AT: "releases_at", BEFORE_START: "release_hours"}
# What is chosen → the field that says when.
OPENS = {choice.value: field for choice, field in OPENING.items()}
CLOSES = {choice.value: field for choice, field in CLOSING.items()}
LONGEST_AMOUNT = 20
GROUP_KEY = re.compile("[0-9]{1,5}")


class GuaranteeForm(forms.Form):
    """What lines and groups have alike."""

    amount = Text(_("Guaranteed"), max_length=LONGEST_AMOUNT)
    unit = OneOf(_("Guaranteed in"), choices=((UNITS, _("units")), (PERCENT, "%")))
    release = OneOf(
        _("Unsold goes back"),
        choices=(
            (NEVER, _("Never")),
            (AT, _("On a date")),
            (BEFORE_START, _("So long before the event")),
        ),
    )
    releases_at = Moment(_("Goes back at"), required=False)
    release_hours = WholeNumber(_("Hours before the event"), required=False)

    def __init__(self, data: QueryDict, key: str) -> None:
        super().__init__(data, prefix=key)
        self.key = key
        self.fields["unit"].widget.attrs["aria-label"] = self.fields["unit"].label

    def unasked(self, data: Mapping[str, Any]) -> Iterable[str]:
        """The fields that do not apply to what was chosen, and are not shown."""
        field = RELEASES.get(data.get("release", NEVER))
        return set(RELEASES.values()) - {field}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in self.unasked(data):
            data[name] = None
            self.errors.pop(name, None)
        return data

    def clean_amount(self) -> str:
        text = str(self.cleaned_data["amount"])
        in_percent = self.data.get(f"{self.prefix}-unit") == PERCENT
        whole, point, fraction = text.partition(".")
        parts = (whole, fraction) if point else (whole,)
        if not all(part.isascii() and part.isdigit() for part in parts) or (
            point and not in_percent
        ):
            raise forms.ValidationError(
                _t("A percentage is a number such as 30 or 33.33.")
                if in_percent
                else _t("Units are a whole number such as 30; 0 guarantees nothing.")
            )
        return text

    def guarantee(self) -> dict[str, Any]:
        data = self.cleaned_data
        in_percent = data["unit"] == PERCENT
        return {
            "units": None if in_percent else int(data["amount"]),
            "percent": Decimal(data["amount"]) if in_percent else None,
            "releases_at": data["releases_at"],
            "release_hours": data["release_hours"],
        }


class GroupForm(GuaranteeForm):
    name = Name(_("Name"), max_length=LONGEST_NAME)

    def group(self) -> Group:
        return Group(name=self.cleaned_data["name"], **self.guarantee())


class LineForm(GuaranteeForm):
    draws = OneOf(_("Draws on"))
    tier = WholeNumber(_("Tier"), minimum=1)
    opens = OneOf(_("May draw from"), choices=Opens.choices)
    opens_at = Moment(_("Opens at"), required=False)
    opens_hours = WholeNumber(_("Hours"), required=False)
    closes = OneOf(_("Until"), choices=Closes.choices)
    closes_at = Moment(_("Closes at"), required=False)
    closes_hours = WholeNumber(_("Hours"), required=False)
    floor = WholeNumber(
        _("Floor"), required=False, help_text=_("Automatic moves leave it so many.")
    )
    ceiling = WholeNumber(_("Ceiling"), required=False, help_text=_("With what it draws."))
    is_dynamic = forms.BooleanField(
        label=_("Unsold may be moved"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
    )

    defaults: ClassVar[Mapping[str, Any]] = {
        "tier": 1,
        "opens": Opens.AT_ONCE,
        "closes": Closes.NEVER,
    }

    def __init__(self, data: QueryDict, channel: SalesChannel, groups: Sequence[GroupForm]) -> None:
        super().__init__(data, f"line-{channel.pk}")
        self.channel = channel
        self.groups = {group.key: group for group in groups}
        self.fields["draws"].choices = [  # type: ignore[attr-defined]
            (Draws.NONE.value, Draws.NONE.label),
            (Draws.GENERAL.value, _("Open stock")),
            *((group.key, group["name"].value()) for group in groups),
        ]

    def unasked(self, data: Mapping[str, Any]) -> Iterable[str]:
        opens = OPENS.get(data.get("opens", ""))
        closes = CLOSES.get(data.get("closes", ""))
        windows = {*OPENS.values(), *CLOSES.values()}
        if data.get("draws") == Draws.NONE:
            return {*super().unasked(data), *windows, *self.defaults}
        return {*super().unasked(data), *(windows - {opens, closes})}

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("draws") == Draws.NONE:
            data |= self.defaults
        return data

    def line(self) -> Line:
        data = self.cleaned_data
        group = self.groups.get(data["draws"])
        terms = ("tier", "opens_at", "opens_hours", "closes_at", "closes_hours", "floor", "ceiling")
        return Line(
            channel_id=self.channel.pk,
            draws=Draws.GROUP if group else Draws(data["draws"]),
            group=group.cleaned_data["name"] if group else "",
            opens=Opens(data["opens"]),
            closes=Closes(data["closes"]),
            is_dynamic=data["is_dynamic"],
            **{name: data[name] for name in terms},
            **self.guarantee(),
        )


class NoteForm(forms.Form):
    note = forms.CharField(
        label=_("Note for partners"),
        required=False,
        max_length=LONGEST_NOTE,
        help_text=_("Stands in the plan that each channel is given."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )


class PlanForm:
    """All of it. ``problems`` concern the plan as a whole, or a line that it does not show."""

    def __init__(self, data: QueryDict, channels: Sequence[SalesChannel]) -> None:
        self.data = data
        self.problems: list[str] = []
        self.channels = {str(channel.pk): channel for channel in channels}
        self.groups = [GroupForm(data, f"group-{key}") for key in self._keys("group")]
        self.lines = [LineForm(data, self.channels[key], self.groups) for key in self._keys("line")]
        self.note = NoteForm(data)

    def _keys(self, kind: str) -> list[str]:
        """What is listed, once each; what cannot be is said."""
        keys = self.data.getlist(kind)
        counts = Counter(keys[: 2 * MAX_LINES])
        if len(keys) > MAX_LINES:
            self.problems.append(
                _t("A plan has at most %(maximum)d lines and groups, not %(count)d.")
                % {"maximum": MAX_LINES, "count": len(keys)}
            )
        known_keys = {key for key in counts if self._is_known(kind, key)}
        for key, count in counts.items():
            parameters = {"key": key[:LONGEST_AMOUNT], "count": count}
            if key not in known_keys:
                unknown = _t("There is no group “%(key)s”.")
                if kind == "line":
                    unknown = _t("The venue has no channel “%(key)s”.")
                self.problems.append(unknown % parameters)
            elif count > 1:
                self.problems.append(_t("“%(key)s” stands there %(count)d times.") % parameters)
        return [key for key in counts if key in known_keys]

    def _is_known(self, kind: str, key: str) -> bool:
        return key in self.channels if kind == "line" else GROUP_KEY.fullmatch(key) is not None

    @property
    def parts(self) -> list[GuaranteeForm]:
        return [*self.groups, *self.lines]

    def spec(self) -> PlanSpec | None:
        """What it says; ``None`` while something of it cannot be read."""
        readable = [form.is_valid() for form in (*self.parts, self.note)]
        if self.problems or not all(readable):
            return None
        return PlanSpec(
            tuple(line.line() for line in self.lines),
            tuple(group.group() for group in self.groups),
            self.note.cleaned_data["note"],
        )

    def complain(self, problems: Iterable[Problem]) -> None:
        """Show each problem at its field, or with the plan as a whole."""
        lines = {line.channel.pk: line for line in self.lines}
        groups = {group["name"].value(): group for group in self.groups}
        for problem in problems:
            place = lines.get(problem.channel_id or 0) or groups.get(problem.group)
            if place is not None:
                field = FIELDS.get(problem.field, problem.field)
                place.add_error(field if field in place.fields else "amount", problem.message)
            else:
                self.problems.append(named(problem, self.channels.values()))

    @property
    def has_errors(self) -> bool:
        return bool(self.problems) or any(form.errors for form in (*self.parts, self.note))


def named(problem: Problem, channels: Iterable[SalesChannel]) -> str:
    """A problem with the name of the line that it concerns."""
    names = [channel.name for channel in channels if channel.pk == problem.channel_id]
    name = names[0] if names else problem.group
    return f"{name}: {problem.message}" if name else problem.message
