"""Venues, series and channels: what events stand on."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from alerts.services import begin_venues
from allocations.enums import PLACES, Audience, ChannelPlace, Connectivity, Pricing, Team
from allocations.models import SalesChannel
from allocations.models.channel import (
    BUFFER_ONE_IN,
    BUFFER_PERCENT,
    LONGEST_GRACE_MINUTES,
    LONGEST_HOLD_SECONDS,
    LONGEST_LEASE_HOURS,
)
from common.names import name_key
from events.consequences import of_time_zone
from events.models import Series, Venue
from events.models.venue import validate_time_zone
from exchange.base import Column, Key, RowChange, Table, Why, Wrong
from exchange.cell_types import Choice, Name, Text, Value, Whole, YesNo
from exchange.references import References

KIND_OF = {place: kind for kind, places in PLACES.items() for place in places}


def venue_column(path: str) -> Column:
    return Column("venue", Text(), path, "The venue's short name.", required=True)


class Venues(Table):
    name = "venues"
    title = "Venues"
    model = Venue
    venue_path = "pk"
    columns = (
        Column("venue", Text(), "slug", "The short name, as in addresses.", required=True),
        Column("name", Name(), "name", "The full name.", "name"),
        Column("city", Name(), "city", "", "city"),
        Column("time_zone", Text(), "time_zone", "IANA name, e.g. Asia/Kolkata.", "time_zone"),
        Column("currency", Text(), "currency", "ISO 4217, e.g. INR.", "currency"),
        Column(
            *("upi_address", Text(), "upi_address"),
            "To which buyers pay by UPI at a counter, e.g. blue-hall@bank.",
            "upi_address",
        ),
        Column(
            *("upi_name", Name(), "upi_name"),
            "The payee of that address, as its bank knows it.",
            "upi_name",
        ),
    )

    def queryset(self) -> QuerySet[Any]:
        return Venue.objects.order_by("slug")

    def zone(self, target: Venue) -> ZoneInfo:
        return ZoneInfo("UTC")  # no column of a venue is a time; its own zone may be a bad one

    def load(self, rows: Sequence[Mapping[str, Value]], references: References) -> None:
        """They were read before all else: the zones of all other rows are theirs."""

    def identify(self, values: Mapping[str, Value], references: References) -> tuple[Key, Any]:
        return (values["venue"],), references.venues.get(values["venue"])

    def make(self, values: Mapping[str, Value], references: References) -> Venue:
        return Venue(slug=values["venue"])

    def keep(self, key: Key, target: Venue, references: References) -> None:
        references.venues[key[0]] = target

    def complete(self, planned: RowChange, references: References) -> None:
        try:
            validate_time_zone(planned.target.time_zone)
        except ValidationError as error:
            planned.target.time_zone = "UTC"  # so that the rows that follow can be read
            raise Wrong("time_zone", " ".join(error.messages)) from error

    def at_once(
        self, plans: Sequence[RowChange], references: References, now: datetime
    ) -> Iterator[str]:
        moved = {
            planned.target.pk: planned.target
            for planned in plans
            if not planned.is_new and "time_zone" in planned.fields
        }
        for before in Venue.objects.filter(pk__in=moved).order_by("pk"):
            sentences = of_time_zone(before, moved[before.pk].time_zone, now)
            yield from (f"{before}: {sentence}" for sentence in sentences)

    def apply(self, plans: Sequence[RowChange], why: Why) -> None:
        super().apply(plans, why)
        begin_venues([planned.target for planned in plans if planned.is_new])


class SeriesTable(Table):
    name = "series"
    title = "Series"
    model = Series
    venue_path = "venue"
    columns = (
        venue_column("venue.slug"),
        Column("series", Name(), "name", "The name of the show or festival.", required=True),
    )

    def queryset(self) -> QuerySet[Any]:
        return Series.objects.select_related("venue").order_by("venue__slug", "name")

    def load(self, rows: Sequence[Mapping[str, Value]], references: References) -> None:
        references.load_series()

    def identify(self, values: Mapping[str, Value], references: References) -> tuple[Key, Any]:
        key = (values["venue"], name_key(values["series"]))
        references.venue(values["venue"])
        return key, references.series.get(key)

    def make(self, values: Mapping[str, Value], references: References) -> Series:
        return Series(venue=references.venue(values["venue"]), name=values["series"])

    def keep(self, key: Key, target: Series, references: References) -> None:
        references.series[key[0], key[1]] = target


class Channels(Table):
    name = "channels"
    title = "Sales channels"
    model = SalesChannel
    venue_path = "venue"
    columns = (
        venue_column("venue.slug"),
        Column("channel", Text(), "code", "Its code, unique in the venue.", required=True),
        Column("name", Name(), "name", "", "name"),
        Column("place", Choice(ChannelPlace), "place", "What it is, more closely.", "place"),
        Column("team", Choice(Team), "team", "Who looks after it.", "team"),
        Column("audience", Choice(Audience), "audience", "", "audience"),
        Column("pricing", Choice(Pricing), "pricing", "", "pricing"),
        Column("connectivity", Choice(Connectivity), "connectivity", "", "connectivity"),
        Column(
            "default_hold_seconds",
            Whole(1, LONGEST_HOLD_SECONDS),
            "default_hold_seconds",
            "",
            "default_hold_seconds",
        ),
        Column(
            "longest_hold_seconds",
            Whole(1, LONGEST_HOLD_SECONDS),
            "longest_hold_seconds",
            "",
            "longest_hold_seconds",
        ),
        Column(
            "longest_lease_hours",
            Whole(1, LONGEST_LEASE_HOURS),
            "longest_lease_hours",
            "Of a channel that reports late: how long a terminal may sell from a lease.",
            "longest_lease_hours",
        ),
        Column(
            "lease_grace_minutes",
            Whole(0, LONGEST_GRACE_MINUTES),
            "lease_grace_minutes",
            "How long after a lease its rest waits for a late report.",
            "lease_grace_minutes",
        ),
        Column(
            "safety_buffer",
            YesNo(),
            "safety_buffer",
            "Of a channel that reports late: whether units of shared stock are set aside for it.",
            "safety_buffer",
        ),
        Column(
            "buffer_one_in",
            Whole(*BUFFER_ONE_IN),
            "buffer_one_in",
            "It sells more than its buffer once in so many syncs.",
            "buffer_one_in",
        ),
        Column(
            "buffer_percent",
            Whole(*BUFFER_PERCENT),
            "buffer_percent",
            "No more of the shared stock is set aside for it.",
            "buffer_percent",
        ),
        Column("settlement_days", Whole(0, 365), "settlement_days", "", "settlement_days"),
        Column("stop_reason", Text(), "stop_reason", "Why it is stopped.", counted=True),
    )

    def queryset(self) -> QuerySet[Any]:
        return SalesChannel.objects.select_related("venue").order_by("venue__slug", "code")

    def load(self, rows: Sequence[Mapping[str, Value]], references: References) -> None:
        references.load_channels(change=True)

    def identify(self, values: Mapping[str, Value], references: References) -> tuple[Key, Any]:
        key = (values["venue"], values["channel"])
        references.venue(values["venue"])
        return key, references.channels.get(key)

    def make(self, values: Mapping[str, Value], references: References) -> SalesChannel:
        for name in ("name", "place"):
            if values.get(name) in (None, ""):
                raise Wrong(name, f"A new channel needs a {name}.")
        return SalesChannel(venue=references.venue(values["venue"]), code=values["channel"])

    def keep(self, key: Key, target: SalesChannel, references: References) -> None:
        references.channels[key[0], key[1]] = target

    def complete(self, planned: RowChange, references: References) -> None:
        channel = planned.target
        kind = KIND_OF[ChannelPlace(channel.place)]  # each place belongs to one
        if channel.kind != kind:
            channel.kind = kind
            if not planned.is_new:
                planned.fields.append("kind")

    def rules(self, target: SalesChannel) -> Iterator[tuple[str, str]]:
        if target.default_hold_seconds > target.longest_hold_seconds:
            yield "default_hold_seconds", "The default hold is not longer than the longest."

    def check_all(
        self, plans: Sequence[RowChange], references: References
    ) -> Iterator[tuple[Any, Wrong]]:
        """That no two channels of a venue share a name, as the file would leave them."""
        touched = {id(planned.target): planned for planned in plans}
        names: dict[tuple[str, str], SalesChannel] = {}
        everyone = [*references.channels.items()]
        # Those that are not in the file first: the row of the file is the one to blame.
        for (slug, _code), channel in sorted(everyone, key=lambda entry: id(entry[1]) in touched):
            other = names.setdefault((slug, name_key(channel.name)), channel)
            if other is not channel and id(channel) in touched:
                message = f"The channel “{other.code}” of the venue has this name."
                yield touched[id(channel)].row, Wrong("name", message)
