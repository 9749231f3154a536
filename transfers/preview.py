"""What would become of transfers now: read without a lock, and nothing is changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils import timezone

from allocations.models import Stock
from allocations.services import LARGEST_CAPACITY
from allocations.unreported import unreported_of
from events.models import Event
from transfers import words
from transfers.enums import Need
from transfers.execution import PROTECTED, sentence
from transfers.models import Transfer
from transfers.policy import is_protected, lapses_at, policies_of, policy_of
from transfers.selling import standing_still
from transfers.services import (
    Wish,
    require_possible,
    require_room,
    require_unprotected,
    rows_of,
)


@dataclass(frozen=True, slots=True)
class Outlook:
    """Two rows, and how many units would go from one to the other; why that would wait, if it would.

    ``cannot_sell``: why the target could sell nothing of it; it is then refused unless it is meant. ``perhaps_sold``: what
    the source may have sold and not reported yet, in a sentence; nothing is refused for it.
    """

    source: Stock
    target: Stock
    units: int
    needs: tuple[Need, ...]
    lapses_at: datetime
    cannot_sell: str = ""
    perhaps_sold: str = ""


def outlook(wish: Wish, *, now: datetime) -> Outlook:
    """What would become of a wish of the venue's own. Raises what ``services.request`` raises."""
    source, target = rows_of(wish)
    event = Event.objects.select_related("venue").get(pk=source.event_id)
    policy = policy_of(event)
    require_possible(event, now)
    require_unprotected(policy, source)
    require_room(wish, source, target)
    return Outlook(
        source,
        target,
        min(wish.units, _room(source, target)),
        needs_of(event.pk, source.pk, target.pk, wish.units),
        lapses_at(policy, event, now),
        standing_still([target]).get(target.pk, ""),
        words.perhaps_sold(source, unreported_of([source.pk]).get(source.pk), now),
    )


def needs_of(event_id: int, source_id: int, target_id: int, units: int) -> tuple[Need, ...]:
    """Why such a transfer would need an approval at this moment, as the database judges it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT transfers_needs(%s, %s, %s, %s, NULL, clock_timestamp(), NULL)",
            (event_id, source_id, target_id, units),
        )
        (needs,) = cursor.fetchone()
    return tuple(Need(need) for need in needs)


@dataclass(frozen=True, slots=True)
class Then:
    """A transfer if it were carried out now; ``failure`` says why it could not be. ``perhaps_sold`` as of an outlook."""

    transfer: Transfer
    source: Stock
    target: Stock
    units: int
    failure: str = ""
    perhaps_sold: str = ""


def would_happen(transfers: Sequence[Transfer]) -> list[Then]:
    """Each as it would be if all were carried out now, in this order.

    Expects them with their events and rows.
    """
    policies = policies_of({transfer.event for transfer in transfers})
    still = standing_still(transfer.target for transfer in transfers)
    unreported = unreported_of({transfer.source_id for transfer in transfers})
    now = timezone.now()
    rows: dict[int, Stock] = {}
    outcomes = []
    for transfer in transfers:
        source = rows.setdefault(transfer.source_id, transfer.source)
        target = rows.setdefault(transfer.target_id, transfer.target)
        failure = ""
        if is_protected(policies[transfer.event_id], source, transfer.asking_channel_id):
            failure = PROTECTED
        elif transfer.target_id in still and not transfer.despite_stop:
            failure = still[transfer.target_id]
        units = transfer.units
        if transfer.up_to and _room(source, target) > 0:
            units = min(units, _room(source, target))
        if not failure and units > source.free:
            failure = sentence("STOCK", units, source.free, source)
        if not failure and units > _place(target):
            failure = sentence("CEILING", units, _place(target), target)
        perhaps = words.perhaps_sold(source, unreported.get(source.pk), now)
        outcomes.append(Then(transfer, source, target, 0 if failure else units, failure, perhaps))
        if not failure:
            rows[transfer.source_id] = with_units(source, -units)
            rows[transfer.target_id] = with_units(target, units)
    return outcomes


def with_units(row: Stock, units: int) -> Stock:
    """The row as it would be with so many units more; not for saving."""
    copied = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    made = Stock(**copied | {"quantity": row.quantity + units})
    if row.channel_id is not None:
        made.channel = row.channel
    if row.pool_id is not None:
        made.pool = row.pool
    return made


def _room(source: Stock, target: Stock) -> int:
    return min(source.free, _place(target))


def _place(target: Stock) -> int:
    """How many more the target may have."""
    return LARGEST_CAPACITY if target.ceiling is None else target.ceiling - target.quantity
