"""Transfers that nobody has asked for by hand: many at once, in as few statements as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from allocations.models import Stock
from common.actor import SYSTEM, Actor
from transfers.enums import Origin, TransferStatus
from transfers.execution import execute
from transfers.judgment import judged_anew
from transfers.models import Transfer, TransferRule
from transfers.policy import lapses_at, policies_of
from transfers.recording import record


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a rule, a forecast or a safety buffer asks for. The rows come with pool, channel, event and venue.

    ``status`` is TRIAL for what is only to be written down. ``up_to``: fewer will do.
    """

    source: Stock
    target: Stock
    units: int
    reason: str
    origin: Origin
    evidence: Mapping[str, Any]
    rule: TransferRule | None = None
    status: TransferStatus = TransferStatus.REQUESTED
    up_to: bool = False


def ask_and_execute(
    proposals: Sequence[Proposal], *, by: Actor = SYSTEM, now: datetime
) -> list[Transfer]:
    """Ask for all of them; those that need no approval are executed, with one call of the ledger.

    Of several that would wait for one target only the largest is asked for: the next when it is decided.
    Needs a transaction. What the stock no longer allows is FAILED, with the numbers.
    """
    if not proposals:
        return []
    return judged_anew(lambda: _ask_and_execute(proposals, by, now))


def _ask_and_execute(proposals: Sequence[Proposal], by: Actor, now: datetime) -> list[Transfer]:
    made = _ask(proposals, now)
    record(made, by=by, at=now)
    free = [
        transfer
        for transfer in made
        if transfer.status == TransferStatus.REQUESTED and not transfer.needs
    ]
    if free:
        execute(free, by=by, now=now)
    return made


def _ask(proposals: Sequence[Proposal], now: datetime) -> list[Transfer]:
    """Write them down, judged by the database; what would be a second request for a need is left out."""
    # Only the database knows which of them wait: it is asked, and asked anew without what is too much.
    while True:
        with transaction.atomic():
            made = _write(proposals, now)
            if not (crowd := _beside_a_larger(made)):
                return made
            transaction.set_rollback(True)
        proposals = [proposal for number, proposal in enumerate(proposals) if number not in crowd]


def _beside_a_larger(made: Sequence[Transfer]) -> set[int]:
    """The places of those that would wait for a target for which another of them waits already."""
    waiting = [
        (transfer.target_id, number)
        for number, transfer in sorted(enumerate(made), key=lambda pair: -pair[1].units)
        if transfer.status == TransferStatus.REQUESTED and transfer.needs
    ]
    # Read backwards, so that the largest of each target is the one that is left.
    largest = dict(reversed(waiting))
    return {number for _target, number in waiting} - set(largest.values())


def _write(proposals: Sequence[Proposal], now: datetime) -> list[Transfer]:
    policies = policies_of(
        {proposal.source.event_id: proposal.source.event for proposal in proposals}.values()
    )
    made = Transfer.objects.bulk_create(
        Transfer(
            event=proposal.source.event,
            pool_id=proposal.source.pool_id or 0,
            source=proposal.source,
            target=proposal.target,
            units=proposal.units,
            up_to=proposal.up_to,
            status=proposal.status,
            origin=proposal.origin,
            reason=proposal.reason,
            rule=proposal.rule,
            rule_version=proposal.rule.version if proposal.rule else None,
            requested_at=now,
            lapses_at=lapses_at(policies[proposal.source.event_id], proposal.source.event, now),
            ended_at=now if proposal.status == TransferStatus.TRIAL else None,
            evidence=dict(proposal.evidence),
        )
        for proposal in proposals
    )
    # The database has judged them.
    judged = Transfer.objects.in_bulk([transfer.pk for transfer in made])
    for transfer in made:
        transfer.needs = judged[transfer.pk].needs
        transfer.four_eyes = judged[transfer.pk].four_eyes
    return made
