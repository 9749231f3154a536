"""What no plan can say, whatever the stock: found before anything is worked out or written."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from allocations.enums import Closes, Draws, Opens
from allocations.models import SalesChannel
from allocations.models.plan import LONGEST_HOURS
from allocations.plans.outcome import Problem
from allocations.plans.shares import WHOLE
from allocations.plans.spec import Group, Guarantee, Line, PlanSpec
from allocations.services import LARGEST_CAPACITY
from common.names import INVISIBLE, describe, invisible_in, name_key
from events.models import Pool
from events.models.moments import BOUNDS, OUTSIDE, is_storable

MAX_LINES = 200
LAST_TIER = 20
LONGEST_NOTE = 1000
LONGEST_NAME = 100

HOURS = ("release_hours", "opens_hours", "closes_hours")
MOMENTS = ("releases_at", "opens_at", "closes_at")
NUMBERS = ("units", "floor", "ceiling")
# What each way of opening and closing asks for.
OPENING = {
    Opens.AT: "opens_at",
    Opens.AFTER_ON_SALE: "opens_hours",
    Opens.BEFORE_START: "opens_hours",
}
CLOSING = {
    Closes.AT: "closes_at",
    Closes.AFTER_OPENING: "closes_hours",
    Closes.BEFORE_START: "closes_hours",
}


def unlawful(spec: PlanSpec, pool: Pool) -> list[Problem]:
    """All that is wrong with a plan as such. One statement."""
    return [*_strangers(spec, pool), *senseless(spec)]


def senseless(spec: PlanSpec) -> list[Problem]:
    """The same as far as it can be told of channels that may not be there yet."""
    return [*_whole(spec), *_named_once(spec), *_parts(spec)]


def _whole(spec: PlanSpec) -> Iterator[Problem]:
    for what, count in (("lines", len(spec.lines)), ("groups", len(spec.groups))):
        if count > MAX_LINES:
            yield Problem(f"A plan has at most {MAX_LINES} {what}, not {count}.", field=what)
    if len(spec.note) > LONGEST_NOTE:
        yield Problem(
            f"The note has at most {LONGEST_NOTE} characters, not {len(spec.note)}.", field="note"
        )
    percents = [part.percent or Decimal(0) for part in (*spec.groups, *spec.lines)]
    total = sum(filter(Decimal.is_finite, percents), Decimal(0))
    if total > WHOLE:
        yield Problem(f"The percents add up to {total} %, more than 100 %.", field="percent")


def _strangers(spec: PlanSpec, pool: Pool) -> Iterator[Problem]:
    channel_ids = dict.fromkeys(line.channel_id for line in spec.lines)
    own = SalesChannel.objects.filter(venue=pool.event.venue_id, pk__in=list(channel_ids))
    known = set(own.values_list("pk", flat=True))
    for channel_id in channel_ids:
        if channel_id not in known:
            yield Problem(f"The venue has no channel {channel_id}.", channel_id, field="channel")


def _named_once(spec: PlanSpec) -> Iterator[Problem]:
    for channel_id, count in Counter(line.channel_id for line in spec.lines).items():
        if count > 1:
            yield Problem(f"The channel has {count} lines.", channel_id, field="channel")
    names = {name_key(group.name): group.name for group in spec.groups}
    for key, count in Counter(name_key(group.name) for group in spec.groups).items():
        if count > 1:
            name = names[key]
            yield Problem(f"{count} groups are called “{name}”.", group=name, field="name")


def _parts(spec: PlanSpec) -> Iterator[Problem]:
    names = {group.name for group in spec.groups}
    for group in spec.groups:
        for field, message in _group(group):
            yield Problem(message, group=group.name, field=field)
    for line in spec.lines:
        for field, message in _line(line, names):
            yield Problem(message, line.channel_id, field=field)


def _group(group: Group) -> Iterator[tuple[str, str]]:
    yield from _guarantee(group)
    if not 1 <= len(group.name.strip()) <= LONGEST_NAME:
        yield "name", f"A group's name has 1 to {LONGEST_NAME} characters."
    if letter := invisible_in(group.name):
        yield "name", str(INVISIBLE % describe(letter))


def _line(line: Line, groups: set[str]) -> Iterator[tuple[str, str]]:
    yield from _guarantee(line)
    if line.draws == Draws.GROUP and line.group not in groups:
        yield "group", f"There is no group “{line.group}”." if line.group else "Say which group."
    if line.draws != Draws.GROUP and line.group:
        yield "group", "It draws on no group: leave the name out."
    if not 1 <= line.tier <= LAST_TIER:
        yield "tier", f"Tiers are 1 to {LAST_TIER}, not {line.tier}."
    yield from _asked(line, OPENING.get(line.opens), ("opens_at", "opens_hours"))
    yield from _asked(line, CLOSING.get(line.closes), ("closes_at", "closes_hours"))
    if line.floor is not None and line.ceiling is not None and line.ceiling < line.floor:
        yield "ceiling", f"The ceiling {line.ceiling} is below the floor {line.floor}."


def _guarantee(part: Guarantee) -> Iterator[tuple[str, str]]:
    if (part.units is None) == (part.percent is None):
        yield "guarantee", "Guarantee a number or a percentage, and not both."
    if part.percent is not None and not (
        part.percent.is_finite()
        and 0 <= part.percent <= WHOLE
        and part.percent == round(part.percent, 2)
    ):
        yield "percent", f"A percentage is 0 to 100 with two decimals, not {part.percent}."
    if part.releases_at is not None and part.release_hours is not None:
        yield "releases_at", "It goes back at a moment or so many hours before, and not both."
    for field in NUMBERS:
        if (value := getattr(part, field, None)) is not None and not 0 <= value <= LARGEST_CAPACITY:
            yield field, f"A number of units is 0 to {LARGEST_CAPACITY}, not {value}."
    for field in HOURS:
        if (value := getattr(part, field, None)) is not None and not 0 <= value <= LONGEST_HOURS:
            yield field, f"Hours are 0 to {LONGEST_HOURS}, not {value}."
    for field in MOMENTS:
        if (value := getattr(part, field, None)) is not None and not is_storable(value):
            yield field, str(OUTSIDE % BOUNDS)


def _asked(
    line: Line, rule_field: str | None, fields: tuple[str, str]
) -> Iterator[tuple[str, str]]:
    for field in fields:
        if (field == rule_field) != (getattr(line, field) is not None):
            yield (
                field,
                "Say when." if field == rule_field else "It is not asked for: leave it empty.",
            )
