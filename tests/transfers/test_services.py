"""Asking for transfers, deciding them, and what is kept of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.models import User
from allocations.enums import DocumentKind
from allocations.errors import StockRefusedError
from allocations.models import Movement
from common.actor import SYSTEM, Actor
from common.errors import InvalidInputError
from events.enums import EventStatus
from tests.factories import Stage, make_stage, make_user
from transfers import services
from transfers.enums import Audience, Need, Origin, TransferStatus
from transfers.errors import AlreadyDecidedError, MayNotDecideError, NoTransferError
from transfers.models import Transfer, TransferNotice, TransferPolicy
from transfers.services import Partner, Wish

pytestmark = pytest.mark.django_db

Ask = Callable[..., Transfer]


def stage(hours: float = 72) -> Stage:
    """Website 60 and hotel 40 of 100, so many hours before the event."""
    return make_stage(
        channels=("web", "hotel"),
        give={("GA", "web"): 60, ("GA", "hotel"): 40},
        starts_at=timezone.now() + timedelta(hours=hours),
    )


def wish(found: Stage, units: int = 10, *, up_to: bool = False, reason: str = "Slow") -> Wish:
    return Wish(found.row(channel="hotel").pk, found.row().pk, units, reason, up_to)


def ask(found: Stage, units: int = 10, *, by: User | None = None, up_to: bool = False) -> Transfer:
    actor = Actor.person(by) if by else SYSTEM
    return services.request(wish(found, units, up_to=up_to), by=actor, now=timezone.now())


def policy(found: Stage, **values: object) -> TransferPolicy:
    TransferPolicy.objects.filter(venue=found.event.venue).update(**values)
    return TransferPolicy.objects.get(venue=found.event.venue)


def told(transfer: Transfer) -> list[tuple[str, str]]:
    notices = TransferNotice.objects.filter(step__transfer=transfer).order_by("pk")
    return list(notices.values_list("step__status", "audience"))


def test_without_need_it_is_executed_at_once_and_explained() -> None:
    found = stage()
    found.sell([("Ticket", 6)], channel="hotel")
    person = make_user()

    transfer = ask(found, 10, by=person)

    transfer.refresh_from_db()
    assert (transfer.status, transfer.moved, transfer.needs) == (TransferStatus.EXECUTED, 10, [])
    assert found.counters().quantity == 70
    assert found.counters(channel="hotel").quantity == 30
    line = Movement.objects.get(document_kind=DocumentKind.TRANSFER, stock=found.row())
    assert (line.document_id, line.delta_quantity) == (transfer.pk, 10)
    assert (line.user_id, line.reason) == (person.pk, "Slow")
    assert transfer.evidence["source"] == {
        "quantity": 40,
        "quantity_after": 30,
        "held": 0,
        "sold": 6,
        "drawn": 0,
        "free": 34,
        "sell_through": 15.0,
        "sold_in_a_day": 6,
    }
    assert transfer.evidence["hours_to_start"] == 72.0
    assert transfer.outcome["source"]["sold_in_a_day"] == 6
    assert transfer.outcome["target"]["quantity"] == 60
    assert transfer.outcome["target"]["quantity_after"] == 70
    assert [step.status for step in transfer.steps.all()] == ["REQUESTED", "EXECUTED"]
    assert told(transfer) == [("EXECUTED", Audience.SOURCE), ("EXECUTED", Audience.TARGET)]


def test_near_the_start_it_waits_and_is_approved_by_another_person() -> None:
    found = stage(hours=47)
    asker, approver = make_user(), make_user()
    transfer = ask(found, by=asker)
    assert (transfer.status, transfer.needs) == (TransferStatus.REQUESTED, [Need.NEAR_START])
    assert found.counters().quantity == 60
    assert told(transfer) == [("REQUESTED", Audience.APPROVERS)]

    with pytest.raises(MayNotDecideError):
        services.approve([transfer.pk], by=asker, note="Fine", now=timezone.now())
    services.approve([transfer.pk], by=approver, note="Fine", now=timezone.now())

    transfer.refresh_from_db()
    assert (transfer.status, transfer.decided_by, transfer.note) == ("EXECUTED", approver, "Fine")
    assert found.counters().quantity == 70
    with pytest.raises(AlreadyDecidedError):
        services.approve([transfer.pk], by=approver, note="Again", now=timezone.now())
    assert found.counters().quantity == 70


def test_what_has_sold_meanwhile_fails_with_the_numbers() -> None:
    found = stage(hours=47)
    transfer = ask(found, 30)
    found.sell([("Ticket", 15)], channel="hotel")

    services.approve([transfer.pk], by=make_user(), note="", now=timezone.now())

    transfer.refresh_from_db()
    assert transfer.status == TransferStatus.FAILED
    assert "has 25 free, not 30: 15 are sold, 0 held" in transfer.failure
    assert transfer.outcome["source"]["sold"] == 15
    assert found.counters(channel="hotel").quantity == 40


def test_up_to_moves_what_there_is() -> None:
    found = stage(hours=47)
    transfer = ask(found, 30, up_to=True)
    found.sell([("Ticket", 15)], channel="hotel")

    services.approve([transfer.pk], by=make_user(), note="", now=timezone.now())

    transfer.refresh_from_db()
    assert (transfer.status, transfer.moved, transfer.units) == ("EXECUTED", 25, 30)
    assert found.counters(channel="hotel") == (15, 0, 15, 0)


def test_fewer_will_do_also_where_another_of_them_took_some_first() -> None:
    found = stage(hours=47)
    first, second = ask(found, 30, up_to=True), ask(found, 10, up_to=True)
    found.sell([("Ticket", 15)], channel="hotel")
    services.approve([first.pk, second.pk], by=make_user(), note="", now=timezone.now())
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, first.moved) == ("EXECUTED", 15)
    assert (second.status, second.moved) == ("EXECUTED", 10)
    assert found.counters(channel="hotel") == (15, 0, 15, 0)


def test_several_approved_at_once_take_from_one_row_in_turn() -> None:
    found = stage(hours=47)
    first, second = ask(found, 25), ask(found, 25)

    services.approve([second.pk, first.pk], by=make_user(), note="", now=timezone.now())

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("EXECUTED", "FAILED")
    assert first.outcome["source"]["quantity_after"] == 15
    assert "has 15 free, not 25" in second.failure


@pytest.mark.parametrize(
    ("values", "units", "needs"),
    [
        ({"approval_above": 10}, 10, []),
        ({"approval_above": 9}, 10, [Need.ABOVE_UNITS]),
        ({"approval_hours": 73}, 1, [Need.NEAR_START]),
        ({"approval_hours": 71}, 1, []),
    ],
)
def test_the_policy_says_what_needs_an_approval(
    values: dict[str, int], units: int, needs: list[Need]
) -> None:
    found = stage()
    policy(found, **values)
    assert ask(found, units).needs == needs


def test_an_events_own_policy_holds_in_place_of_the_venues() -> None:
    found = stage()
    policy(found, approval_above=1)
    own = TransferPolicy.objects.create(event=found.event)
    assert ask(found, 5).needs == []
    own.always.add(found.channels["web"])
    assert ask(found, 5).needs == [Need.NAMED_CHANNEL]


def test_nothing_is_taken_from_a_protected_channel_but_it_may_offer() -> None:
    found = stage()
    policy(found).protected.add(found.channels["hotel"])
    with pytest.raises(NoTransferError, match="hotel is protected"):
        ask(found)
    back = Wish(found.row(channel="hotel").pk, found.open_row().pk, 5, "Too many")
    offered = services.request(
        back, by=Actor(api_key_id=7), now=timezone.now(), partner=Partner(found.channels["hotel"])
    )
    assert (offered.status, offered.origin) == (TransferStatus.EXECUTED, Origin.PARTNER)
    assert found.counters(channel="hotel").quantity == 35


def test_a_channel_protected_meanwhile_keeps_its_units() -> None:
    found = stage(hours=47)
    transfer = ask(found)
    policy(found).protected.add(found.channels["hotel"])
    services.approve([transfer.pk], by=make_user(), note="", now=timezone.now())
    transfer.refresh_from_db()
    assert transfer.status == TransferStatus.FAILED
    assert "protected" in transfer.failure
    assert found.counters(channel="hotel").quantity == 40


def test_a_partner_that_asks_for_more_waits_and_is_told_what_came_of_it() -> None:
    found = stage()
    more = Wish(found.open_row().pk, found.row(channel="hotel").pk, 50, "A group")
    asked = services.request(
        more, by=Actor(api_key_id=7), now=timezone.now(), partner=Partner(found.channels["hotel"])
    )
    assert (asked.status, asked.needs) == (TransferStatus.REQUESTED, [Need.PARTNER_ASKS])
    services.reject([asked.pk], by=make_user(), note="Sold out", now=timezone.now())
    asked.refresh_from_db()
    assert (asked.status, asked.note) == (TransferStatus.REJECTED, "Sold out")
    assert told(asked) == [("REQUESTED", Audience.APPROVERS), ("REJECTED", Audience.TARGET)]


def test_the_policy_names_the_roles_that_decide() -> None:
    found = stage(hours=47)
    group = Group.objects.create(name="Head of house")
    policy(found).approvers.add(group)
    transfer, other, head = ask(found), make_user(), make_user()
    head.groups.add(group)
    with pytest.raises(MayNotDecideError, match="Head of house"):
        services.approve([transfer.pk], by=other, note="", now=timezone.now())
    services.approve([transfer.pk], by=head, note="", now=timezone.now())
    transfer.refresh_from_db()
    assert transfer.status == TransferStatus.EXECUTED


def test_what_nobody_decides_lapses() -> None:
    found = stage(hours=47)
    policy(found, lapse_hours=1)
    transfer, now = ask(found), timezone.now()
    assert services.lapse_due(now) == 0
    assert services.lapse_due(now + timedelta(hours=1)) == 1
    assert services.lapse_due(now + timedelta(hours=1)) == 0
    transfer.refresh_from_db()
    assert transfer.status == TransferStatus.LAPSED
    with pytest.raises(AlreadyDecidedError):
        services.approve([transfer.pk], by=make_user(), note="", now=now)


def test_past_its_time_it_cannot_be_approved_lapsed_or_not() -> None:
    found = stage(hours=47)
    transfer = ask(found)
    late = transfer.lapses_at
    with pytest.raises(AlreadyDecidedError, match="lapsed"):
        services.approve([transfer.pk], by=make_user(), note="", now=late)


def test_a_request_is_withdrawn() -> None:
    found = stage(hours=47)
    transfer = ask(found)
    services.withdraw(transfer.pk, by=SYSTEM, note="Not needed", now=timezone.now())
    transfer.refresh_from_db()
    assert transfer.status == TransferStatus.CANCELLED
    with pytest.raises(AlreadyDecidedError):
        services.withdraw(transfer.pk, by=SYSTEM, note="", now=timezone.now())


def test_of_an_event_that_is_over_nothing_moves() -> None:
    found = stage(hours=47)
    transfer = ask(found)
    found.event.status = EventStatus.CLOSED
    found.event.save()
    with pytest.raises(NoTransferError, match="closed"):
        ask(found)
    with pytest.raises(NoTransferError, match="closed"):
        services.approve([transfer.pk], by=make_user(), note="", now=timezone.now())
    assert services.lapse_due(timezone.now()) == 1


@pytest.mark.parametrize("units", [0, -1, 10**9])
def test_absurd_numbers_are_refused(units: int) -> None:
    with pytest.raises(InvalidInputError, match="units can be moved"):
        ask(stage(), units)
    assert not Transfer.objects.exists()


@pytest.mark.parametrize("reason", ["", "  ", "x" * 301])
def test_a_reason_is_mandatory_and_bounded(reason: str) -> None:
    found = stage()
    with pytest.raises(InvalidInputError) as refused:
        services.request(wish(found, reason=reason), by=SYSTEM, now=timezone.now())
    assert refused.value.field == "reason"


def test_more_than_is_free_is_refused_at_once_with_the_numbers() -> None:
    found = stage(hours=47)
    with pytest.raises(StockRefusedError, match="41 units were asked for, 40 are free"):
        ask(found, 41)
    found.draw("web", ceiling=65)
    with pytest.raises(StockRefusedError, match="6 units were asked for, 5 are free"):
        ask(found, 6)
    assert not Transfer.objects.exists()
