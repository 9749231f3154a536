"""A plan's rules of time in a few words, as a table's cell or a refusal names them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from allocations.enums import Closes, Opens
from allocations.plans.spec import Guarantee, Line


class Rule(NamedTuple):
    """How a moment is found: by a rule of its kind, with a date or with hours where it has them."""

    how: str
    at: datetime | None = None
    hours: int | None = None


Words = Mapping[str, str]
AT, BEFORE_START, NEVER = "AT", "BEFORE_START", "NEVER"
# {at} and {hours} stand where the rule has a date or hours.
OPENING: Words = {
    Opens.AT_ONCE.value: "at once",
    Opens.AT.value: "at {at}",
    Opens.AFTER_ON_SALE.value: "{hours}h after on-sale",
    Opens.BEFORE_START.value: "{hours}h before start",
    Opens.AFTER_TIER.value: "after tier",
}
CLOSING: Words = {
    Closes.NEVER.value: "never",
    Closes.AT.value: "at {at}",
    Closes.AFTER_OPENING.value: "{hours}h after opening",
    Closes.BEFORE_START.value: "{hours}h before start",
}
GOING_BACK: Words = {NEVER: "never", AT: "at {at}", BEFORE_START: "{hours}h before start"}


def opening_of(line: Line) -> Rule:
    return Rule(line.opens, line.opens_at, line.opens_hours)


def closing_of(line: Line) -> Rule:
    return Rule(line.closes, line.closes_at, line.closes_hours)


def going_back_of(part: Guarantee) -> Rule:
    if part.release_hours is not None:
        return Rule(BEFORE_START, hours=part.release_hours)
    return Rule(NEVER if part.releases_at is None else AT, part.releases_at)


def told(rule: Rule, words: Words, show: Callable[[datetime], str]) -> str:
    return words[rule.how].format(at=show(rule.at) if rule.at else "", hours=rule.hours)
