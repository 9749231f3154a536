"""What a person needs to resolve a conflict: what was reported, why it could not be done, and what is free now."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from allocations.setup import RowSetup
from backoffice.events.picture import EventPicture, picture_of
from backoffice.kit.bars import stock_bar
from backoffice.kit.links import object_link
from backoffice.kit.panels import Panel
from backoffice.kit.rows import transfer_link
from backoffice.late_sales.words import clock_ahead, sold_of, their_time, tickets_of
from common.text import local_time, number
from offline.enums import ConflictStatus
from offline.models import Conflict
from offline.repeats import perhaps_the_same
from sales.offers import offer_of

# A report may hold whatever was sent.
LONGEST_SHOWN = 300


class EvidencePanel(Panel):
    tab = False
    slug = "evidence"
    title = _("Evidence")
    template = "admin/late_sales/evidence.html"
    permission = "offline.view_conflict"

    def context(self) -> dict[str, Any]:
        conflict: Conflict = self.subject
        report, zone = conflict.report, conflict.channel.venue.zone
        return {
            "report": report,
            "said": list(_facts(report.said)),
            "said_at": their_time(report.said_at, zone),
            "ahead": clock_ahead(report.said_at, report.sync.received_at),
            "received": object_link(report.sync, local_time(report.sync.received_at, zone)),
            "notes": [note.get("detail", "") for note in report.notes],
            "numbers": list(_facts(conflict.numbers)),
            "waits_for": [
                transfer_link(pk)
                for pk in conflict.transfers.order_by("pk").values_list("pk", flat=True)
            ]
            if conflict.status == ConflictStatus.OPEN
            else [],
            "items": self._items(),
            "perhaps_the_same": self._perhaps_the_same(),
            "is_open": conflict.status == ConflictStatus.OPEN,
            "is_booked": report.booking_id is not None,
        }

    def _perhaps_the_same(self) -> list[dict[str, Any]]:
        """Of a sale that cannot be read: what may be the same, reported anew."""
        conflict: Conflict = self.subject
        zone = conflict.channel.venue.zone
        return [
            {
                "link": object_link(likeness.owner),
                "kind": likeness.owner._meta.verbose_name,
                "what": sold_of(likeness.owner),
                "reference": likeness.reference,
                "ids": ", ".join(likeness.client_ids),
                "at": local_time(likeness.since, zone),
                "status": likeness.owner.get_status_display(),
            }
            for likeness in perhaps_the_same(conflict)
        ]

    def _items(self) -> list[dict[str, Any]]:
        """Of each item in question: what the channel could sell now, and who else has free units for it."""
        conflict: Conflict = self.subject
        if conflict.status != ConflictStatus.OPEN or conflict.event is None:
            return []
        picture = picture_of(self.request, conflict.event)
        tickets = tickets_of(conflict).items()
        return [self._item(picture, item_id, count) for item_id, count in tickets]

    def _item(self, picture: EventPicture, item_id: int, count: int) -> dict[str, Any]:
        conflict: Conflict = self.subject
        setup = picture.setup
        listing = setup.listings.get((item_id, conflict.channel_id))
        offer = listing and offer_of(setup, picture.reading.counters, listing, picture.reading.now)
        item = setup.items[item_id]
        return {
            "name": item.name,
            "wanted": number(count),
            "takes": picture.takes(item),
            "sellable": number(picture.room(item_id, conflict.channel_id)),
            "refusal": offer.refusal.detail if offer and offer.refusal else "",
            "pools": [
                {
                    "name": setup.pool_names[pool_id],
                    "rows": [
                        {
                            "name": picture.row_name(row),
                            "is_own": row.channel_id == conflict.channel_id,
                            "free": number(picture.numbers(row.id).free),
                            "bar": stock_bar(picture.numbers(row.id)),
                        }
                        for row in with_free_units(picture, pool_id)
                    ],
                }
                for pool_id in item.units
            ],
        }


def with_free_units(picture: EventPicture, pool_id: int) -> list[RowSetup]:
    """The rows of a pool that have free units, those with most first."""
    rows = [row for row in picture.rows_of(pool_id) if picture.numbers(row.id).free > 0]
    return sorted(rows, key=lambda row: -picture.numbers(row.id).free)


def _facts(said: Any) -> Iterator[tuple[str, str]]:
    """What was sent, or the numbers of a refusal, as names and texts."""
    if not isinstance(said, Mapping):
        yield _t("Report"), _short(said)
        return
    for name, value in said.items():
        yield capfirst(str(name).replace("_", " ")), _short(value)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
