"""A plan in the words of the admin: shares, windows and releases, in the venue's time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from allocations.enums import Closes, DocumentKind, Draws, MovementKind, Opens
from allocations.ledger import Terms
from allocations.models import AllocationPlan, Movement, SalesChannel
from allocations.plans.outcome import Change, Outcome
from allocations.plans.spec import Group, Guarantee, Line, PlanSpec
from allocations.plans.windows import Unresolved, drawing_windows, release_of
from allocations.setup import Window
from backoffice.kit import dialogs
from backoffice.kit.rows import name_of
from backoffice.plans.bar import by_kind
from common.text import local_time, signed
from events.models import Event

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

NOTHING = "–"
# A rule that is no date of its own → how it reads beside the moment it leads to.
OPENING: Mapping[str, "StrOrPromise"] = {
    Opens.AFTER_ON_SALE: _("%d h after sales begin"),
    Opens.BEFORE_START: _("%d h before the event"),
    Opens.AFTER_TIER: _("when the tier above ends"),
}
CLOSING: Mapping[str, "StrOrPromise"] = {
    Closes.AFTER_OPENING: _("%d h after it opens"),
    Closes.BEFORE_START: _("%d h before the event"),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A moment, and the rule that led to it where there is one."""

    moment: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One line or group of a plan for a table."""

    part: Line | Group
    name: str
    kind: str
    share: str
    draws_on: str
    opens: Rule | None
    closes: Rule | None
    releases: Rule | None
    change: Change | None

    @property
    def is_group(self) -> bool:
        return isinstance(self.part, Group)


def table_of(
    spec: PlanSpec,
    event: Event,
    channels: Mapping[int, SalesChannel],
    outcome: Outcome | None = None,
) -> list[Shown]:
    """The groups of a plan and then its lines; with their rows where the outcome is known."""
    windows = drawing_windows(spec, event, lambda _line, _error: None)
    changes = {_key(change): change for change in outcome.changes} if outcome else {}
    groups = [
        Shown(
            part=group,
            name=group.name,
            kind=_t("Shared by a group"),
            share=share(group),
            draws_on="",
            opens=None,
            closes=None,
            releases=released(group, event),
            change=changes.get(group.name),
        )
        for group in spec.groups
    ]
    by_channel = {line.channel_id: line for line in spec.lines}
    lines = [
        by_channel[channel.pk] for channel in by_kind(channels.values()) if channel.pk in by_channel
    ]
    return groups + [
        Shown(
            part=line,
            name=channels[line.channel_id].name,
            kind=str(channels[line.channel_id].get_kind_display()),
            share=share(line),
            draws_on=drawn_on(line),
            opens=opening(line, windows.get(line.channel_id), event.venue.zone),
            closes=closing(line, windows.get(line.channel_id), event.venue.zone),
            releases=released(line, event),
            change=changes.get(line.channel_id),
        )
        for line in lines
    ]


def _key(change: Change) -> int | str:
    return change.row.channel_id if change.row.channel_id is not None else change.row.name


def share(part: Guarantee) -> str:
    if part.percent is not None:
        return f"{part.percent.normalize():f} %"
    return f"{part.units or 0:,}"


def drawn_on(line: Line) -> str:
    if line.draws == Draws.GENERAL:
        return _t("open stock")
    return f"“{line.group}”" if line.draws == Draws.GROUP else ""


def opening(line: Line, window: Window | None, zone: ZoneInfo) -> Rule | None:
    """From when it may draw; ``None`` if it never does."""
    if window is None:
        return None
    if window.start is None and line.opens == Opens.AT_ONCE:
        return Rule(_t("at once"))
    return _rule(window.start, OPENING.get(line.opens), line.opens_hours, zone)


def closing(line: Line, window: Window | None, zone: ZoneInfo) -> Rule | None:
    if window is None:
        return None
    if window.end is None and line.closes == Closes.NEVER:
        return Rule(_t("the end of the sale"))
    return _rule(window.end, CLOSING.get(line.closes), line.closes_hours, zone)


def released(part: Guarantee, event: Event) -> Rule | None:
    """When what is unsold goes back; ``None`` if it never does."""
    try:
        moment = release_of(part, event)
    except Unresolved:
        moment = None
    if moment is None and part.release_hours is None:
        return None
    rule = _("%d h before the event") if part.release_hours is not None else None
    return _rule(moment, rule, part.release_hours, event.venue.zone)


def _rule(
    moment: datetime | None, rule: "StrOrPromise | None", hours: int | None, zone: ZoneInfo
) -> Rule:
    text = str(rule or "")
    return Rule(local_time(moment, zone), text % (hours or 0) if "%d" in text else text)


# --- What applying it changes -------------------------------------------------------------


def changes_of(outcome: Outcome, zone: ZoneInfo) -> list[dialogs.Change]:
    """Before and after of each stock row that changes: first quantities, then when who may draw."""
    names = {change.row.pk: name_of(change.row) for change in outcome.changes}
    quantities, terms = [], []
    for change in outcome.changes:
        row, place, name = change.row, change.place, names[change.row.pk]
        quantities.append(dialogs.Change(name, row.quantity, place.quantity))
        if not change.gain:
            # What it sold becomes its own part, or counts as drawn from now on.
            drawn = dialogs.Change(_t("%s, of it drawn") % name, row.drawn, place.drawn)
            quantities.append(drawn)
        now, then = Terms.of(row), place.terms
        terms += [
            dialogs.Change(
                _t("%s, draws") % name,
                drawing_words(now, names, zone),
                drawing_words(then, names, zone),
            ),
            dialogs.Change(_t("%s, ceiling") % name, _or_none(now.ceiling), _or_none(then.ceiling)),
            dialogs.Change(
                _t("%s, unsold goes back") % name,
                local_time(now.releases_at, zone),
                local_time(then.releases_at, zone),
            ),
        ]
    return [change for change in (*quantities, *terms) if not change.is_none]


def drawing_words(terms: Terms, names: Mapping[int, str], zone: ZoneInfo) -> str:
    if terms.draws_on_id is None:
        return _t("nowhere")
    words = [_t("on %s") % names[terms.draws_on_id]]
    if terms.draws_from is not None:
        words.append(_t("from %s") % local_time(terms.draws_from, zone))
    if terms.draws_until is not None:
        words.append(_t("until %s") % local_time(terms.draws_until, zone))
    return " ".join(words)


def _or_none(number: int | None) -> object:
    return _t("none") if number is None else number


def gains(plan: AllocationPlan) -> str:
    """Who got more and who less when it was applied, in one line."""
    movements = Movement.objects.filter(document_kind=DocumentKind.PLAN, document_id=plan.pk)
    texts = [
        f"{name_of(movement.stock)} {signed(movement.delta_quantity)}"
        for movement in movements.select_related("stock__channel").order_by("pk")
        if movement.kind == MovementKind.PLAN and movement.delta_quantity
    ]
    return ", ".join(texts) or _t("no quantity has changed")


def use_words(change: Change) -> str:
    """What of a channel's part is sold, held and drawn; empty if nothing is."""
    row = change.row
    parts = []
    if row.sold:
        parts.append(_t("%s sold") % f"{row.sold:,}")
    if row.held:
        parts.append(_t("%s held") % f"{row.held:,}")
    if change.place.drawn:
        parts.append(_t("%s of it drawn") % f"{change.place.drawn:,}")
    return ", ".join(parts)


def hours_until(moment: datetime, now: datetime) -> str:
    """How far off a moment is, as roughly as it matters: ``in 3 days``, ``in 5 hours``."""
    minutes = round((moment - now).total_seconds() / 60)
    if minutes < 60:  # noqa: PLR2004 - an hour
        return ngettext("in %d minute", "in %d minutes", minutes) % minutes
    if minutes < 48 * 60:
        hours = round(minutes / 60)
        return ngettext("in %d hour", "in %d hours", hours) % hours
    days = round(minutes / 60 / 24)
    return ngettext("in %d day", "in %d days", days) % days
