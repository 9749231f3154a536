"""A plan as JSON, for a page to carry and to bring back."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from allocations.enums import Closes, Draws, Opens
from allocations.plans.spec import Group, Guarantee, Line, PlanSpec

PartT = TypeVar("PartT", bound=Guarantee)
READ: Mapping[str, Any] = {
    "percent": Decimal,
    "draws": Draws,
    "opens": Opens,
    "closes": Closes,
    "releases_at": datetime.fromisoformat,
    "opens_at": datetime.fromisoformat,
    "closes_at": datetime.fromisoformat,
}


def spec_to_json(spec: PlanSpec) -> dict[str, Any]:
    return {
        "lines": [_written(line) for line in spec.lines],
        "groups": [_written(group) for group in spec.groups],
        "note": spec.note,
    }


def spec_from_json(data: Mapping[str, Any]) -> PlanSpec:
    """The other way round; of what ``spec_to_json`` has written."""
    return PlanSpec(
        tuple(_read(Line, line) for line in data["lines"]),
        tuple(_read(Group, group) for group in data["groups"]),
        data["note"],
    )


def _written(part: Guarantee) -> dict[str, Any]:
    """Without what is as it is by default."""
    defaults = {field.name: field.default for field in fields(part)}
    return {name: _plain(value) for name, value in asdict(part).items() if value != defaults[name]}


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _read(kind: type[PartT], data: Mapping[str, Any]) -> PartT:
    return kind(**{name: READ.get(name, _same)(value) for name, value in data.items()})


def _same(value: object) -> object:
    return value
