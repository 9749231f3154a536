"""A plan as JSON, so that a run keeps the plans that it compares as they were."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from allocations.plans.spec import Group, Line, PlanSpec

MOMENTS = ("releases_at", "opens_at", "closes_at")


def write(specs: Mapping[int, PlanSpec]) -> dict[str, Any]:
    """By pool."""
    return {
        str(pool): {
            "lines": [_part(line) for line in spec.lines],
            "groups": [_part(group) for group in spec.groups],
            "note": spec.note,
        }
        for pool, spec in specs.items()
    }


def read(data: Mapping[str, Any]) -> dict[int, PlanSpec]:
    return {
        int(pool): PlanSpec(
            tuple(Line(**_values(line)) for line in spec["lines"]),
            tuple(Group(**_values(group)) for group in spec["groups"]),
            spec["note"],
        )
        for pool, spec in data.items()
    }


def _part(part: Line | Group) -> dict[str, Any]:
    return {name: _plain(value) for name, value in asdict(part).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _values(data: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(data)
    if values["percent"] is not None:
        values["percent"] = Decimal(values["percent"])
    for name in MOMENTS:
        if values.get(name) is not None:
            values[name] = datetime.fromisoformat(values[name])
    return values
