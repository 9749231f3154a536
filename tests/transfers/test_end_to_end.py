"""Rules, approvals and lapses with worker and beat as processes of their own: nothing is called here
but what a person does.
"""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from accounts.models import User
from common.actor import SYSTEM, Actor
from common.clock import database_now
from tests.factories import Stage, make_stage, make_user
from tests.proofs import assert_reconciled
from tests.waiting import until
from tests.worker_process import worker
from transfers import services
from transfers.enums import Need, TransferStatus
from transfers.errors import AlreadyDecidedError, MayNotDecideError
from transfers.models import Transfer, TransferRule
from transfers.services import Wish

pytestmark = [pytest.mark.system, pytest.mark.django_db(transaction=True)]


def stage(hours: float, sales_until: datetime | None = None) -> Stage:
    """The guide's example: the website has sold 90 %, the hotel 20 % of its 100."""
    found = make_stage(
        pools={"GA": 200},
        channels=("web", "hotel"),
        give={("GA", "web"): 100, ("GA", "hotel"): 100},
        starts_at=database_now() + timedelta(hours=hours),
        sales_until=sales_until,
    )
    TransferRule.objects.create(venue=found.event.venue, name="90/30", amount="UNITS", value=50)
    for _ in range(9):
        found.sell([("Ticket", 10)])
    found.sell([("Ticket", 20)], channel="hotel")
    return found


def of(found: Stage) -> Transfer | None:
    return Transfer.objects.filter(event=found.event).order_by("pk").first()


def ask(found: Stage, by: User | None = None) -> Transfer:
    wish = Wish(found.row(channel="hotel").pk, found.row().pk, 5, "A coach party")
    return services.request(wish, by=Actor.person(by) if by else SYSTEM, now=database_now())


def test_by_rule_at_72_hours_and_by_approval_at_47(tmp_path: Path) -> None:
    early, late, slow, person = stage(72), stage(47), stage(47), make_user()
    closing = database_now() + timedelta(seconds=6)
    undecided = stage(47, sales_until=closing)
    lapsing = ask(undecided)
    with worker(tmp_path):
        # At 72 hours it executes by itself.
        until(lambda: early.counters().quantity == 150, "the rule has moved 50 units", 60)
        done = of(early)
        assert done is not None
        assert (done.status, done.needs, done.requested_by) == (TransferStatus.EXECUTED, [], None)
        assert done.outcome["source"]["quantity_after"] == 50
        assert done.evidence["hours_to_start"] == pytest.approx(72, abs=0.2)

        # At 47 hours it waits.
        until(lambda: of(late) is not None, "the rule has asked at 47 hours", 60)
        waiting = of(late)
        assert waiting is not None
        assert (waiting.status, waiting.needs) == (TransferStatus.REQUESTED, [Need.NEAR_START])
        assert late.counters().quantity == 100

        # Whoever asks cannot approve.
        own = ask(late, by=person)
        with pytest.raises(MayNotDecideError):
            services.approve([own.pk], by=person, note="Mine", now=database_now())

        # Approved, it executes.
        services.approve([waiting.pk], by=person, note="Go on", now=database_now())
        assert late.counters().quantity == 150

        # Approved after the stock has changed, it fails with the numbers.
        until(lambda: of(slow) is not None, "the rule has asked for the slow one", 60)
        stale = of(slow)
        assert stale is not None
        slow.sell([("Ticket", 20)], channel="hotel")
        slow.sell([("Ticket", 20)], channel="hotel")
        services.approve([stale.pk], by=person, note="Too late", now=database_now())
        stale.refresh_from_db()
        assert stale.status == TransferStatus.FAILED
        assert "has 40 free, not 50: 60 are sold, 0 held" in stale.failure
        assert slow.counters().quantity == 100

        # What nobody decides lapses, here when its event's sales end.
        def has_lapsed() -> bool:
            lapsing.refresh_from_db()
            return lapsing.status == TransferStatus.LAPSED

        until(has_lapsed, "the undecided one has lapsed", 60)
        assert lapsing.ended_at is not None
        assert lapsing.ended_at >= closing
        with pytest.raises(AlreadyDecidedError):
            services.approve([lapsing.pk], by=person, note="Late", now=database_now())
    assert Transfer.objects.filter(event=early.event).count() == 1
    assert_reconciled()
