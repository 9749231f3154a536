"""Letters to partners: what a new version of a plan says to each channel, sent to the channel's endpoints.

Found by looking, as alerts are: whoever applies a plan waits for no letter. Each version is written to a
channel once, when the event is no draft any more.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from alerts.enums import Purpose
from alerts.models import Delivery, Endpoint, Letter
from allocations.enums import PlanStatus
from allocations.models import AllocationPlan, PlanLine, SalesChannel
from allocations.plans.text.document import Document, document_of
from events.enums import EventStatus

# The rest with the next round.
MAX_PLANS = 20


@transaction.atomic
def write_letters(now: datetime) -> int:
    """Have each channel of a new version written to; returns how many messages that are."""
    plans = (
        AllocationPlan.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
        .filter(
            ~Exists(Letter.objects.filter(plan=OuterRef("pk"))),
            Exists(PlanLine.objects.filter(plan=OuterRef("pk"))),
            status=PlanStatus.IN_FORCE,
            pool__event__status__in=(EventStatus.ON_SALE, EventStatus.PAUSED),
            pool__event__starts_at__gt=now,
        )
        .select_related("pool__event__venue")
        .order_by("pk")
    )
    return sum(_write(plan, now) for plan in plans[:MAX_PLANS])


def acknowledge(letter: Letter, through: Endpoint, now: datetime) -> bool:
    """Whether this was the first time."""
    first = Letter.objects.filter(pk=letter.pk, acknowledged_at=None)
    return bool(first.update(acknowledged_at=now, acknowledged_through=through))


def _write(plan: AllocationPlan, now: datetime) -> int:
    """To all channels that this version, or the one before, has a line for."""
    versions = PlanLine.objects.filter(
        plan__pool=plan.pool_id, plan__version__in=(plan.version, (plan.version or 1) - 1)
    )
    channels = SalesChannel.objects.filter(pk__in=versions.values("channel")).order_by("pk")
    letters = Letter.objects.bulk_create(
        [Letter(plan=plan, channel=channel, text=_text(plan, channel, now)) for channel in channels]
    )
    endpoints = Endpoint.objects.filter(channel__in=channels, is_active=True, disabled_at=None)
    by_channel: dict[int, list[Endpoint]] = {}
    for endpoint in endpoints:
        by_channel.setdefault(endpoint.channel_id or 0, []).append(endpoint)
    made = Delivery.objects.bulk_create(
        Delivery(letter=letter, endpoint=endpoint, purpose=Purpose.LETTER, due_at=now)
        for letter in letters
        for endpoint in by_channel.get(letter.channel_id, ())
    )
    return len(made)


def _text(plan: AllocationPlan, channel: SalesChannel, now: datetime) -> Sequence[Sequence[str]]:
    document = document_of(plan.pool.event, channel, now)
    return [*_of_pool(document, plan), *((term.label, term.text) for term in document.terms)]


def _of_pool(document: Document, plan: AllocationPlan) -> list[tuple[str, str]]:
    for part in document.parts:
        if part.pool.pk == plan.pool_id:
            return [("", part.status), *((term.label, term.text) for term in part.terms)]
    return []
