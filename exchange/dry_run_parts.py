"""The parts of a plan as the rows of a file: a channel's line, or a group."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from allocations.enums import Closes, Draws, Opens
from allocations.models import SalesChannel
from allocations.plans.notation import (
    AT,
    BEFORE_START,
    NEVER,
    Rule,
    closing_of,
    going_back_of,
    opening_of,
)
from allocations.plans.outcome import Problem
from allocations.plans.spec import Group, Line
from events.models import Pool
from exchange.cell_types import Value
from exchange.dry_run_cells import Share, Source

# A field of a line or group → the column that holds it, where that is called otherwise.
COLUMN_OF = {
    "units": "guaranteed",
    "percent": "guaranteed",
    "guarantee": "guaranteed",
    "draws": "draws_on",
    "group": "draws_on",
    "opens_at": "opens",
    "opens_hours": "opens",
    "closes_at": "closes",
    "closes_hours": "closes",
    "releases_at": "goes_back",
    "release_hours": "goes_back",
    "is_dynamic": "dynamic",
    "name": "group",
}


def column_of(problem: Problem) -> str:
    """The column to blame; none where it is the whole plan."""
    if problem.field in {"", "lines", "groups", "note"}:
        return ""
    return COLUMN_OF.get(problem.field, problem.field)


def key_of(part: Line | Group) -> int | str:
    return part.channel_id if isinstance(part, Line) else part.name


@dataclass(slots=True)
class Part:
    """A line of a pool's plan, or a group: as a row of the file shows or leaves it."""

    pool: Pool
    channel: SalesChannel | None
    content: Line | Group

    def __str__(self) -> str:
        return f"{self.pool} · {self.channel or self.group}"

    @property
    def pk(self) -> int | None:
        """Of the page where a person finds it."""
        return self.pool.pk

    @property
    def group(self) -> str | None:
        return self.content.name if isinstance(self.content, Group) else None

    @property
    def share(self) -> Share:
        return Share.of(self.content)

    @property
    def goes_back(self) -> Rule:
        return going_back_of(self.content)

    @property
    def source(self) -> Source | None:
        return Source(self._line.draws, self._line.group) if self._line else None

    @property
    def opens(self) -> Rule | None:
        return opening_of(self._line) if self._line else None

    @property
    def closes(self) -> Rule | None:
        return closing_of(self._line) if self._line else None

    @property
    def _line(self) -> Line | None:
        return self.content if isinstance(self.content, Line) else None

    @property
    def key(self) -> int | str | None:
        """As ``key_of``; none of a channel that is only being made."""
        return self.channel.pk if self.channel else self.group

    def take(self, values: Mapping[str, Value]) -> None:
        """Be as a row says; a column that is left out changes nothing."""
        terms = _share(values) | _going_back(values)
        if self._line is not None:
            terms |= _source(values) | _window(values) | _bounds(values)
        self.content = replace(self.content, **terms)


Terms = dict[str, Any]


def _share(values: Mapping[str, Value]) -> Terms:
    share: Share = values["guaranteed"]
    return {"units": share.units, "percent": share.percent}


def _going_back(values: Mapping[str, Value]) -> Terms:
    if "goes_back" not in values:
        return {}
    rule = values["goes_back"] or Rule(NEVER)
    return {
        "releases_at": rule.at if rule.how == AT else None,
        "release_hours": rule.hours if rule.how == BEFORE_START else None,
    }


def _source(values: Mapping[str, Value]) -> Terms:
    if "draws_on" not in values:
        return {}
    source = values["draws_on"] or Source(Draws.NONE)
    return {"draws": source.draws, "group": source.group}


def _window(values: Mapping[str, Value]) -> Terms:
    terms: Terms = {}
    if "opens" in values:
        rule = values["opens"] or Rule(Opens.AT_ONCE)
        terms |= {"opens": Opens(rule.how), "opens_at": rule.at, "opens_hours": rule.hours}
    if "closes" in values:
        rule = values["closes"] or Rule(Closes.NEVER)
        terms |= {"closes": Closes(rule.how), "closes_at": rule.at, "closes_hours": rule.hours}
    return terms


def _bounds(values: Mapping[str, Value]) -> Terms:
    terms: Terms = {name: values[name] for name in ("floor", "ceiling") if name in values}
    if values.get("tier") is not None:
        terms["tier"] = values["tier"]
    if values.get("dynamic") is not None:
        terms["is_dynamic"] = values["dynamic"]
    return terms
