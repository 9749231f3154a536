"""Transfers that nobody has asked for by hand: many at once, in as few statements as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allocations.models import Stock
from common.actor import SYSTEM, Actor
from transfers.enums import Origin, TransferStatus
from transfers.executing import execute
from transfers.judgment import judged_anew
from transfers.models import Transfer, TransferRule
from transfers.policy import lapses_at, policies_of
from transfers.recording import record


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a rule or a forecast asks for. The rows come with pool, channel, event and venue.

    ``status`` is TRIAL for what is only to be written down.
    """

    source: Stock
    target: Stock
    units: int
    reason: str
    origin: Origin
    evidence: Mapping[str, Any]
    rule: TransferRule | None = None
    status: TransferStatus = TransferStatus.REQUESTED


def ask_and_execute(
    proposals: Sequence[Proposal], *, by: Actor = SYSTEM, now: datetime
) -> list[Transfer]:
    """Ask for all of them; those that need no approval are executed, with one call of the ledger.

    Needs a transaction. What the stock no longer allows is FAILED, with the numbers.
    """
    if not proposals:
        return []
    return judged_anew(lambda: _ask_and_execute(proposals, by, now))


def _ask_and_execute(proposals: Sequence[Proposal], by: Actor, now: datetime) -> list[Transfer]:
    policies = policies_of({one.source.event_id: one.source.event for one in proposals}.values())
    made = Transfer.objects.bulk_create(
        Transfer(
            event=one.source.event,
            pool_id=one.source.pool_id or 0,
            source=one.source,
            target=one.target,
            units=one.units,
            status=one.status,
            origin=one.origin,
            reason=one.reason,
            rule=one.rule,
            rule_version=one.rule.version if one.rule else None,
            requested_at=now,
            lapses_at=lapses_at(policies[one.source.event_id], one.source.event, now),
            ended_at=now if one.status == TransferStatus.TRIAL else None,
            evidence=dict(one.evidence),
        )
        for one in proposals
    )
    judged = Transfer.objects.in_bulk([one.pk for one in made])  # the database has judged them
    for one in made:
        one.needs, one.four_eyes = judged[one.pk].needs, judged[one.pk].four_eyes
    record(made, by=by, at=now)
    free = [one for one in made if one.status == TransferStatus.REQUESTED and not one.needs]
    if free:
        execute(free, by=by, now=now)
    return made
