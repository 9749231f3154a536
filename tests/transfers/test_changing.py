"""A change that takes units near the start waits for another person, and is then done as it was asked for."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from alerts.messages.transfer_news import transfer_content
from alerts.models import Endpoint
from allocations import services as stock
from allocations.approval import Wanted, do_or_ask
from allocations.enums import Draws
from allocations.errors import NeedsApprovalError
from allocations.models import AllocationPlan
from allocations.plans.services import apply_draft, save_draft
from allocations.plans.spec import PlanSpec
from common.actor import SYSTEM, Actor
from common.clock import utc
from events.enums import EventStatus
from events.models import Event
from sales.limits import set_listing_limit
from tests.allocations.plans.specs import apply, line
from tests.factories import Counters, Stage, make_stage, make_user
from tests.kept import kept
from tests.proofs import assert_reconciled, execute, nothing_changed, violates
from transfers import change_requests
from transfers.enums import TransferStatus
from transfers.errors import AlreadyDecidedError, MayNotDecideError
from transfers.models import ChangeRequest, TransferNotice
from transfers.selectors import count_waiting

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    """Website 50, hotel 40 and what it draws of the 10 that are open; 20 hours to the start."""
    found = make_stage(
        channels=("web", "hotel"),
        give={},
        status=EventStatus.DRAFT,
        starts_at=timezone.now() + timedelta(hours=20),
    )
    apply(found, line(found, "web", 50), line(found, "hotel", 40, draws=Draws.GENERAL))
    Event.objects.update(status=EventStatus.ON_SALE)
    return found


def ask_for_plan(stage: Stage, by: Actor, *lines: Any) -> str:
    pool = stage.pools["GA"]
    draft = save_draft(pool=pool, spec=PlanSpec(lines))
    now = timezone.now()
    return do_or_ask(
        lambda: apply_draft(pool=pool, revision=draft.revision, by=by, reason="They sell", now=now),
        Wanted("PLAN", stage.event.pk, "GA", {"pool": pool.pk, "revision": draft.revision}),
        by=by,
        reason="They sell",
        now=now,
    )


@kept
def asker() -> Actor:
    return Actor.person(make_user())


@kept
def waiting(stage: Stage, asker: Actor) -> ChangeRequest:
    """A plan that gives the website 40 of the hotel's."""
    told = ask_for_plan(stage, asker, line(stage, "web", 90), line(stage, "hotel", 0))
    assert "hotel would lose 40 of GA, and the event starts in less than 48 hours" in told
    assert "see Approvals" in told
    return ChangeRequest.objects.get()


def test_a_plan_waits_for_another_person_and_is_then_in_force(
    stage: Stage, waiting: ChangeRequest, asker: Actor
) -> None:
    assert (waiting.status, waiting.needs) == (TransferStatus.REQUESTED, ["NEAR_START"])
    assert stage.counters(channel="hotel").quantity == 40
    assert count_waiting(make_user(is_superuser=True), timezone.now()) == 1
    with nothing_changed(), pytest.raises(MayNotDecideError, match="asked for it yourself"):
        change_requests.approve(waiting.pk, by=waiting.requested_by, note="", now=timezone.now())

    approver = make_user()
    done = change_requests.approve(waiting.pk, by=approver, note="Fine", now=timezone.now())

    assert (done.status, done.decided_by, done.note) == (TransferStatus.EXECUTED, approver, "Fine")
    assert stage.counters() == Counters(90, 0, 0, 0)
    assert stage.counters(channel="hotel").quantity == 0
    version = AllocationPlan.objects.get(status="IN_FORCE")
    assert (version.applied_by_id, version.reason) == (asker.user_id, "They sell")
    with nothing_changed(), pytest.raises(AlreadyDecidedError):
        change_requests.approve(waiting.pk, by=approver, note="", now=timezone.now())
    assert_reconciled()


def test_both_channels_partners_are_told(stage: Stage, waiting: ChangeRequest) -> None:
    change_requests.approve(waiting.pk, by=make_user(), note="", now=timezone.now())
    notice = TransferNotice.objects.get(channel=stage.channels["hotel"])
    assert TransferNotice.objects.count() == 2
    content = transfer_content(
        notice, Endpoint(channel=stage.channels["hotel"]), timezone.now(), ""
    )
    assert content.kind == "allocation.changed"
    (section,) = content.sections
    assert section.numbers == (("GA", "40 units before, 0 units now"),)
    assert section.reason == "They sell"
    assert "web" not in str(section)


def test_what_cannot_be_done_any_more_fails_with_why_and_moves_nothing(
    stage: Stage, waiting: ChangeRequest
) -> None:
    stage.sell([("Ticket", 5)], "hotel")
    done = change_requests.approve(waiting.pk, by=make_user(), note="", now=timezone.now())
    assert done.status == TransferStatus.FAILED
    assert "0 held and 5 sold" in done.failure or "0 are held and 5 sold" in done.failure
    assert stage.counters(channel="hotel") == Counters(40, 0, 5, 0)
    assert not TransferNotice.objects.exists()
    assert_reconciled()


def test_another_draft_is_not_what_was_asked_for(stage: Stage, waiting: ChangeRequest) -> None:
    save_draft(pool=stage.pools["GA"], spec=PlanSpec([line(stage, "web", 100)]))
    done = change_requests.approve(waiting.pk, by=make_user(), note="", now=timezone.now())
    assert (done.status, stage.counters().quantity) == (TransferStatus.FAILED, 50)
    assert "Somebody else has saved another draft" in done.failure


def test_the_same_is_asked_once_and_can_be_withdrawn_rejected_or_lapse(
    stage: Stage, waiting: ChangeRequest, asker: Actor
) -> None:
    with nothing_changed(), pytest.raises(AlreadyDecidedError, match="waits for an approval"):
        change_requests.ask(
            Wanted("PLAN", stage.event.pk, "GA", {}),
            _refusal(),
            by=asker,
            reason="Again",
            now=timezone.now(),
        )
    change_requests.withdraw(waiting.pk, note="No", now=timezone.now())
    again = change_requests.ask(
        Wanted("PLAN", stage.event.pk, "GA", {}),
        _refusal(),
        by=asker,
        reason="x",
        now=timezone.now(),
    )
    change_requests.reject(again.pk, by=make_user(), note="No", now=timezone.now())
    last = change_requests.ask(
        Wanted("PLAN", stage.event.pk, "GA", {}),
        _refusal(),
        by=asker,
        reason="x",
        now=timezone.now(),
    )
    assert change_requests.lapse_due(timezone.now() + timedelta(hours=19)) == 0
    assert change_requests.lapse_due(last.lapses_at) == 1
    statuses = ChangeRequest.objects.order_by("pk").values_list("status", flat=True)
    assert list(statuses) == ["CANCELLED", "REJECTED", "LAPSED"]


def _refusal() -> NeedsApprovalError:
    return NeedsApprovalError("hotel would lose 40", ("NEAR_START",))


def test_drawing_terms_and_limits_are_done_as_they_were_asked_for(
    stage: Stage, asker: Actor
) -> None:
    row, until = stage.row(channel="hotel"), timezone.now() + timedelta(hours=3)
    draws_on = stage.open_row()
    terms = {"draws_from": None, "draws_until": until, "ceiling": 44}
    content = {"row": row.pk, "draws_on": draws_on.pk} | terms | {"draws_until": utc(until)}
    wanted = Wanted("DRAWING", stage.event.pk, str(row), content)
    why: dict[str, Any] = {"by": asker, "reason": "Fewer"}

    def draw() -> None:
        stock.set_drawing(row=row, draws_on=draws_on, **terms, **why)  # type: ignore[arg-type]

    assert do_or_ask(draw, wanted, **why, now=timezone.now())
    listing = stage.listing(channel="hotel")
    limit = Wanted("LIMIT", stage.event.pk, str(listing), {"listing": listing.pk, "limit": 9})
    assert do_or_ask(
        lambda: set_listing_limit(listing=listing, limit=9, **why), limit, **why, now=timezone.now()
    )
    for change in ChangeRequest.objects.all():
        done = change_requests.approve(change.pk, by=make_user(), note="", now=timezone.now())
        assert (done.status, done.failure) == (TransferStatus.EXECUTED, "")
    row.refresh_from_db()
    listing.refresh_from_db()
    assert (row.draws_until, row.ceiling, listing.limit) == (until, 44, 9)
    # Who could read "kept in the history" while writing is not quoted to partners.
    assert {
        notice.parts[0]["after"] for notice in TransferNotice.objects.all() if notice.parts
    } == {40}


def test_an_approval_is_for_its_own_change_and_event(stage: Stage, waiting: ChangeRequest) -> None:
    """The name of a request opens nothing once it is done, and nothing of another event."""
    with violates("changerequest_seen_by_four_eyes"):
        execute(
            "UPDATE transfers_changerequest SET status = 'APPROVED', decided_at = now(),"
            " decided_by_id = requested_by_id"
        )
    change_requests.approve(waiting.pk, by=make_user(), note="", now=timezone.now())
    with transaction.atomic():
        execute("SELECT set_config('finlo.change_request', %s, true)", str(waiting.pk))
        told = ask_for_plan(stage, Actor.person(make_user()), line(stage, "hotel", 90))
    assert "web would lose 90" in told


SET = "UPDATE transfers_changerequest SET "
GUARDS = {
    "changerequest_stays": SET + "reason = 'Another'",
    "changerequest_status_moves": SET + "status = 'EXECUTED', ended_at = now()",
    "changerequest_decided_by_somebody": SET + "ended_at = now()",
    "changerequest_asked_once": "INSERT INTO transfers_changerequest SELECT (r).* FROM (SELECT"
    " jsonb_populate_record(c, jsonb_build_object('id', 0, 'uuid', gen_random_uuid())) AS r"
    " FROM transfers_changerequest c) x",
    "changerequest_has_a_reason": "INSERT INTO transfers_changerequest SELECT (r).* FROM (SELECT"
    " jsonb_populate_record(c, jsonb_build_object('id', 0, 'uuid', gen_random_uuid(),"
    " 'reason', '', 'subject', 'Other')) AS r FROM transfers_changerequest c) x",
    "changerequest_begins_as_a_request": "INSERT INTO transfers_changerequest SELECT (r).* FROM"
    " (SELECT jsonb_populate_record(c, jsonb_build_object('id', 0, 'uuid', gen_random_uuid(),"
    " 'status', 'APPROVED')) AS r FROM transfers_changerequest c) x",
    "transfernotice_of_one_thing": "INSERT INTO transfers_transfernotice (audience, parts, change_id)"
    " SELECT 'SOURCE', '[]', id FROM transfers_changerequest",
}


@pytest.mark.parametrize("guard", GUARDS)
@pytest.mark.usefixtures("waiting")
def test_a_request_is_a_record(guard: str) -> None:
    with violates(guard):
        execute(GUARDS[guard])


def test_a_partner_is_told_of_a_change_once(stage: Stage, waiting: ChangeRequest) -> None:
    own = {"change": waiting, "channel": stage.channels["hotel"], "audience": "SOURCE"}
    TransferNotice.objects.create(**own)
    with violates("transfernotice_change_once"):
        TransferNotice.objects.create(**own)


def test_a_program_has_nobody_to_ask(stage: Stage) -> None:
    with pytest.raises(NeedsApprovalError):
        ask_for_plan(stage, SYSTEM, line(stage, "web", 90))
    assert not ChangeRequest.objects.exists()
