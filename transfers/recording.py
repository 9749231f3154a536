"""A transfer's status, its steps, and who is told of them: written together."""

from collections.abc import Sequence
from datetime import datetime

from common.actor import Actor
from transfers.enums import Audience, Origin, TransferStatus
from transfers.models import Transfer, TransferNotice, TransferStep

WRITTEN = (
    *("status", "moved", "decided_at", "decided_by", "note", "despite_stop"),
    *("ended_at", "failure", "outcome"),
)

# Steps that somebody takes; what comes of them was said with them.
DECISIONS = frozenset(
    {
        TransferStatus.REQUESTED,
        TransferStatus.APPROVED,
        TransferStatus.REJECTED,
        TransferStatus.CANCELLED,
    }
)


def end(transfer: Transfer, status: TransferStatus, at: datetime) -> None:
    """Not saved yet."""
    transfer.status, transfer.ended_at = status, at


def save(transfers: Sequence[Transfer], *, by: Actor, note: str = "", at: datetime) -> None:
    """Write what has become of transfers of the caller's, each with its step and its notices."""
    Transfer.objects.bulk_update(transfers, WRITTEN)
    record(transfers, by=by, note=note, at=at)


def record(transfers: Sequence[Transfer], *, by: Actor, note: str = "", at: datetime) -> None:
    """Keep that each has reached its status."""
    steps = TransferStep.objects.bulk_create(
        TransferStep(
            transfer=transfer,
            status=transfer.status,
            at=at,
            user_id=by.user_id,
            api_key_id=by.api_key_id,
            note=(transfer.failure or note)[:300],
            internal_note=by.internal_note if transfer.status in DECISIONS else "",
        )
        for transfer in transfers
    )
    TransferNotice.objects.bulk_create(
        TransferNotice(step=step, audience=audience)
        for transfer, step in zip(transfers, steps, strict=True)
        for audience in audiences(transfer)
    )


def take_notices(maximum: int, now: datetime) -> list[TransferNotice]:
    """The oldest news that nobody has been told of, as told from now on; another who asks gets others.

    In the caller's transaction, which writes what is to be sent.
    """
    notices = list(
        TransferNotice.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("step__transfer__source", "step__transfer__target")
        .filter(sent_at=None)
        .order_by("pk")[:maximum]
    )
    TransferNotice.objects.filter(pk__in=[notice.pk for notice in notices]).update(sent_at=now)
    return notices


def audiences(transfer: Transfer) -> list[Audience]:
    """Who is told that a transfer has reached the status it has."""
    sides = {Audience.SOURCE: transfer.source, Audience.TARGET: transfer.target}
    match transfer.status:
        case TransferStatus.REQUESTED:
            return [Audience.APPROVERS] if transfer.needs else []
        case TransferStatus.EXECUTED:
            return [audience for audience, row in sides.items() if row.channel_id is not None]
        case (
            TransferStatus.REJECTED
            | TransferStatus.CANCELLED
            | TransferStatus.LAPSED
            | TransferStatus.FAILED
        ):
            # What did not move concerns nobody but who asked.
            if transfer.origin == Origin.PARTNER:
                asker = transfer.asking_channel_id
                return [audience for audience, row in sides.items() if row.channel_id == asker]
            return []
    return []
