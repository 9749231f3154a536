"""Named holds: made by the rules of a sale, changed in number, owner and end, ended early or at their end."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.roles import Role
from allocations.enums import MovementKind
from allocations.models import Listing, Movement, SalesChannel
from allocations.stop_sell import stop_selling
from common.actor import SYSTEM, Actor
from common.clock import utc
from common.errors import RefusedError
from events.enums import EventStatus
from events.models import Event, Item
from offline import leases
from sales import blocks, named_holds
from sales.cancellation import cancel_event
from sales.cancellation_worker import end_leases
from sales.enums import BlockStatus, HoldStep
from sales.models import Block, BlockLine, HoldChange, NamedHold
from tests.backoffice.conftest import person
from tests.factories import Counters, Stage, make_item, make_user, make_venue
from tests.kept import kept
from tests.proofs import assert_reconciled, execute, nothing_changed, violates
from tests.sales.holding import line_of, make_hidden, make_hold, terms

pytestmark = pytest.mark.django_db


@kept
def stage(db: None) -> Stage:
    return make_hidden(10)


def change(hold: NamedHold, count: int, **given: Any) -> None:
    values: dict[str, Any] = {"terms": named_holds.terms_of(hold), "by": SYSTEM, "reason": "why"}
    item_id = BlockLine.objects.get(block=hold).item_id
    named_holds.change(hold.pk, tickets={item_id: count}, **values | given)


def test_a_hold_counts_as_held_and_says_who_made_it_and_why(stage: Stage) -> None:
    keeper = person(Role.VENUE_MANAGER, stage)
    hold = make_hold(stage, by=Actor.person(keeper), owner_id=keeper.pk, owner_name="")
    assert stage.counters() == Counters(10, 5, 0, 0)
    assert (hold.name, hold.category, hold.owned_by) == ("Band and crew", "ARTIST", str(keeper))
    movement = Movement.objects.get(document_kind="NAMED_HOLD", document_id=hold.pk)
    assert (movement.kind, movement.reason) == (MovementKind.SET_ASIDE, "rider")
    made = HoldChange.objects.get(block=hold)
    assert (made.step, made.user_id, made.reason) == (HoldStep.MADE, keeper.pk, "rider")
    item = stage.items["Ticket"].pk
    assert {"what": "item", "item": item, "before": 0, "after": 5} in made.changes
    assert_reconciled()


def test_tickets_are_held_before_the_event_is_on_sale(stage: Stage) -> None:
    later = timezone.now() + timedelta(days=9)
    Event.objects.update(status=EventStatus.DRAFT, sales_from=later)
    Item.objects.update(sales_from=later + timedelta(days=1))
    make_hold(stage)
    assert stage.counters().held == 5


@pytest.mark.parametrize(
    ("model", "values", "sentence"),
    [
        (SalesChannel, {"kind": "DIRECT", "place": "WEBSITE"}, "of a hidden channel, and web is"),
        (Event, {"status": EventStatus.CLOSED}, "The event is closed."),
        (Item, {"sales_until": timezone.now() - timedelta(days=1)}, "was on sale until"),
        (Listing, {"is_on": False}, "is not offered through this channel"),
    ],
)
def test_what_will_never_be_sold_is_not_held(
    stage: Stage, model: Any, values: dict[str, Any], sentence: str
) -> None:
    model.objects.update(**values)
    with nothing_changed(), pytest.raises(RefusedError, match=sentence):
        make_hold(stage)


def test_a_stop_and_too_little_stock_refuse_with_the_numbers(stage: Stage) -> None:
    with nothing_changed(), pytest.raises(RefusedError, match=r"11 Ticket asked for, 10 can"):
        make_hold(stage, [("Ticket", 11)])
    stop_selling(target=stage.event, by=SYSTEM, reason="storm")
    with pytest.raises(RefusedError, match="storm"):
        make_hold(stage)
    assert stage.counters() == Counters(10, 0, 0, 0)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"category": "FRIENDS"}, "category"),
        ({"hands_back_at": timezone.now() - timedelta(minutes=1)}, "hands_back_at"),
        ({"hands_back_at": timezone.now() + timedelta(days=99)}, "hands_back_at"),
        ({"owner_name": " "}, "owner"),
        ({"owner_id": 1}, "owner"),
        ({"owner_id": -1, "owner_name": ""}, "owner"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 101}, "name"),
    ],
)
def test_what_is_no_hold_is_refused_by_its_field(
    stage: Stage, changed: dict[str, Any], field: str
) -> None:
    with nothing_changed(), pytest.raises(RefusedError) as caught:
        make_hold(stage, **changed)
    assert caught.value.field == field


def test_a_person_of_another_venue_neither_makes_nor_owns_nor_changes_a_hold(stage: Stage) -> None:
    manager, stranger = person(Role.VENUE_MANAGER, stage), person(Role.VENUE_MANAGER)
    clerk = person(Role.BOX_OFFICE, stage)
    hold = make_hold(stage, by=Actor.person(manager), owner_id=clerk.pk, owner_name="")
    with nothing_changed():
        for who in (stranger, clerk):
            with pytest.raises(RefusedError, match="not yours to make"):
                make_hold(stage, by=Actor.person(who))
        with pytest.raises(RefusedError, match="no person of this venue"):
            make_hold(stage, owner_id=stranger.pk, owner_name="")
        for step in (change, named_holds.end_early):
            with pytest.raises(RefusedError, match="by its owner"):
                _do(step, hold, by=Actor.person(stranger))
    change(hold, 4, by=Actor.person(clerk))  # the owner
    assert stage.counters().held == 4


def _do(step: Any, hold: NamedHold, **given: Any) -> None:
    step(hold, 4, **given) if step is change else step(hold.pk, reason="why", **given)


def test_more_is_held_and_what_is_not_needed_goes_back(stage: Stage) -> None:
    hold = make_hold(stage)
    change(hold, 8)
    assert (stage.counters().held, line_of(hold)) == (8, (8, 0, 0))
    change(hold, 3)
    assert (stage.counters().held, line_of(hold)) == (3, (8, 0, 5))
    with nothing_changed(), pytest.raises(RefusedError, match="8 Ticket asked for, 7 can be sold"):
        change(hold, 11)
    with nothing_changed(), pytest.raises(RefusedError, match="end it instead"):
        change(hold, 0)
    assert_reconciled()


def test_one_item_is_exchanged_for_another_where_nothing_else_is_free(stage: Stage) -> None:
    hold = make_hold(stage, [("Ticket", 10)])
    balcony = make_item(stage.event, "Balcony", {stage.pools["GA"]: 2})
    channel = stage.channels["web"]
    Listing.objects.create(event=stage.event, item=balcony, channel=channel, price=0)
    tickets = {stage.items["Ticket"].pk: 4, balcony.pk: 3}
    named_holds.change(
        hold.pk, terms=named_holds.terms_of(hold), tickets=tickets, by=SYSTEM, reason="why"
    )
    assert stage.counters() == Counters(10, 10, 0, 0)
    assert [line.left for line in BlockLine.objects.order_by("number")] == [4, 3]
    assert_reconciled()


def test_every_change_is_written_down_from_what_to_what(stage: Stage) -> None:
    hold, owner = make_hold(stage), person(Role.VENUE_MANAGER, stage)
    later = hold.hands_back_at + timedelta(hours=1)
    other = terms(
        name="Sponsor",
        category="SPONSOR",
        hands_back_at=later,
        owner_id=owner.pk,
        owner_name="",
    )
    change(hold, 5, terms=other)
    last = HoldChange.objects.latest("pk")
    assert {entry["what"]: (entry["before"], entry["after"]) for entry in last.changes} == {
        "name": ("Band and crew", "Sponsor"),
        "category": ("ARTIST", "SPONSOR"),
        "hands_back_at": (utc(hold.hands_back_at), utc(later)),
        "owner": (None, owner.pk),
        "owner_name": ("Loud Agency", ""),
    }
    with violates("hold_change_append_only"):
        HoldChange.objects.update(reason="other")
    with violates("hold_change_append_only"):
        HoldChange.objects.filter(pk=last.pk).delete()


def test_a_hold_ends_early_with_a_reason_and_once(stage: Stage) -> None:
    hold = make_hold(stage)
    with nothing_changed(), pytest.raises(RefusedError, match="Say why"):
        named_holds.end_early(hold.pk, by=SYSTEM, reason=" ")
    named_holds.end_early(hold.pk, by=SYSTEM, reason="the tour is off")
    hold.refresh_from_db()
    assert (hold.status, hold.end_reason) == (BlockStatus.RETURNED, "the tour is off")
    assert (stage.counters(), line_of(hold)) == (Counters(10, 0, 0, 0), (5, 0, 5))
    for step in (change, named_holds.end_early):
        with nothing_changed(), pytest.raises(RefusedError, match="hold is handed back"):
            _do(step, hold, by=SYSTEM)


def test_at_its_end_a_hold_is_released_once(stage: Stage) -> None:
    hold = make_hold(stage)
    assert blocks.hand_back_due() == 0
    Block.objects.update(expires_at=timezone.now(), hands_back_at=timezone.now())
    assert [blocks.hand_back_due(), blocks.hand_back_due()] == [1, 0]
    hold.refresh_from_db()
    assert (hold.status, stage.counters()) == (BlockStatus.LAPSED, Counters(10, 0, 0, 0))
    last = HoldChange.objects.latest("pk")
    assert (last.step, last.changes[0]["after"]) == (HoldStep.RELEASED, 0)
    assert Movement.objects.latest("pk").reason == "named hold released"
    assert_reconciled()


@pytest.mark.django_db(transaction=True)
def test_a_cancelled_event_ends_its_holds() -> None:
    stage = make_hidden(10)
    make_hold(stage)
    cancellation = cancel_event(event_id=stage.event.pk, fates={}, by=SYSTEM, reason="storm")
    assert cancellation.settlements.get().tickets_leased == 5
    assert end_leases(cancellation.pk) == 1
    assert HoldChange.objects.latest("pk").step == HoldStep.CANCELLED
    assert stage.counters() == Counters(10, 0, 0, 0)


def test_a_hold_is_no_lease_and_a_lease_no_hold(stage: Stage) -> None:
    hold = make_hold(stage)
    for step in (leases.extend, leases.hand_back):
        with nothing_changed(), pytest.raises(RefusedError, match="no such lease"):
            step(hold.pk, by=SYSTEM)
    for changed in ({"category": ""}, {"owner_name": ""}, {"kind": "LEASE"}):
        with violates(
            "block_kind_has_its_fields" if "kind" not in changed else "block_keeps_its_owner"
        ):
            Block.objects.update(**changed)
    with violates("block_owner_name_normalized"):
        execute("UPDATE sales_block SET owner_name = ' A'")


def test_a_channel_with_holds_stays_hidden(stage: Stage) -> None:
    hold = make_hold(stage)
    shop = {"kind": "DIRECT", "place": "WEBSITE"}
    with violates("channel_hidden_while_it_has_holds"):
        SalesChannel.objects.update(**shop)
    SalesChannel.objects.update(place="COMPS")
    named_holds.end_early(hold.pk, by=SYSTEM, reason="off")
    SalesChannel.objects.update(**shop)


def test_a_line_of_a_hold_grows_and_never_shrinks(stage: Stage) -> None:
    make_hold(stage)
    for changed in ({"quantity": 4}, {"unit_price": 1}):
        with violates("block_line_stays"):
            BlockLine.objects.update(**changed)
    with violates("block_stays"):
        execute("DELETE FROM sales_block")


def test_who_has_left_the_venue_breaks_no_hold(stage: Stage) -> None:
    owner = make_user()
    owner.venues.add(stage.event.venue)
    hold = make_hold(stage, owner_id=owner.pk, owner_name="")
    owner.venues.set([make_venue()])
    with nothing_changed(), pytest.raises(RefusedError, match="by its owner"):
        change(hold, 4, by=Actor.person(owner))


def test_the_second_of_two_who_saw_the_same_is_told(stage: Stage) -> None:
    hold = make_hold(stage)
    item = stage.items["Ticket"].pk

    def as_shown(now: Mapping[str, object]) -> None:
        assert now == {"hands_back_at": hold.hands_back_at, f"item_{item}": 5}
        raise RefusedError("Changed meanwhile.")

    with nothing_changed(), pytest.raises(RefusedError, match="Changed meanwhile"):
        change(hold, 4, as_shown=as_shown)
