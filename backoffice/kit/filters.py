"""Filters of lists by moments, in the zone of whoever looks."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _t
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.utils import parse_datetime_str

from common.text import minute

# A day without a time is meant whole.
BOUNDS = (("from", "gte", "00:00:00"), ("to", "lte", "23:59:59"))


class MomentRangeFilter(RangeDateTimeFilter):
    """Unfold's own takes what is typed for UTC."""

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        del request
        return queryset.filter(**dict(self._bounds()))

    def in_words(self) -> str:
        """``from 1 Dec 2026 until 5 Dec 2026, 18:00 IST``: bounds that are whole days, without their hours."""
        person_zone = timezone.get_current_timezone()
        texts = []
        bounds = dict(self._bounds())
        for name, lookup, _whole_day in BOUNDS:
            moment = bounds.get(f"{self.parameter_name}__{lookup}")
            if moment is None:
                continue
            has_hours = self.used_parameters.get(f"{self.parameter_name}_{name}_1")
            day = date_format(timezone.localtime(moment), "j M Y")
            text = minute(moment, person_zone) if has_hours else day
            texts.append((_t("from %s") if name == "from" else _t("until %s")) % text)
        return " ".join(texts)

    def _bounds(self) -> Iterator[tuple[str, datetime]]:
        for name, lookup, whole_day in BOUNDS:
            day = self.used_parameters.get(f"{self.parameter_name}_{name}_0")
            clock = self.used_parameters.get(f"{self.parameter_name}_{name}_1") or whole_day
            if day:
                moment = _moment(f"{day} {clock}", fold=int(name == "to"))
                yield f"{self.parameter_name}__{lookup}", moment


def _moment(text: str, fold: int) -> datetime:
    """Of an hour that the clocks show twice, a range begins with the first and ends with the second."""
    local = parse_datetime_str(text)
    try:
        aware = timezone.make_aware(local.replace(fold=fold))
        aware.astimezone(timezone.get_default_timezone())  # a first or last day may have no UTC
    except (AttributeError, ValueError, OverflowError) as error:
        raise IncorrectLookupParameters(text) from error
    return aware
