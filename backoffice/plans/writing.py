"""A plan as the editor's form holds it: the other way round from ``backoffice/plans/forms.py``."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from django.http import QueryDict
from django.utils import timezone

from allocations.enums import Draws
from allocations.plans.spec import Group, Guarantee, Line, PlanSpec
from backoffice.plans.forms import AT, BEFORE_START, NEVER, PERCENT, UNITS


def written(spec: PlanSpec, revision: int) -> QueryDict:
    """A plan as the form would hold it."""
    data = QueryDict(mutable=True)
    data["revision"] = str(revision)
    data["note"] = spec.note
    keys = {group.name: str(number) for number, group in enumerate(spec.groups, 1)}
    for group in spec.groups:
        write_group(data, group, keys[group.name])
    for line in spec.lines:
        write_line(data, line, keys)
    return data


def write_line(data: QueryDict, line: Line, groups: Mapping[str, str] | None = None) -> None:
    prefix = f"line-{line.channel_id}"
    data.appendlist("line", str(line.channel_id))
    _write(data, prefix, line)
    if line.draws == Draws.GROUP:
        data[f"{prefix}-draws"] = f"group-{(groups or {})[line.group]}"


def write_group(data: QueryDict, group: Group, key: str) -> None:
    data.appendlist("group", key)
    _write(data, f"group-{key}", group)


def _write(data: QueryDict, prefix: str, part: Guarantee) -> None:
    release = AT if part.releases_at is not None else NEVER
    values = asdict(part) | {
        "amount": f"{part.percent.normalize():f}" if part.percent is not None else part.units,
        "unit": PERCENT if part.percent is not None else UNITS,
        "release": BEFORE_START if part.release_hours is not None else release,
    }
    for name, value in values.items():
        if isinstance(value, datetime):
            data[f"{prefix}-{name}"] = _local(value)
        elif value is not None and value is not False:
            data[f"{prefix}-{name}"] = "on" if value is True else str(value)


def _local(moment: datetime) -> str:
    """As a browser's picker takes it: on the clock that holds, to the millisecond at most."""
    local = timezone.make_naive(moment)
    if local.microsecond:
        return local.isoformat(timespec="milliseconds")
    return local.isoformat(timespec="seconds" if local.second else "minutes")
