"""Numbers change through dialogs that call services; a refusal changes nothing and says why."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from allocations.models import Movement, Stock
from common.actor import SYSTEM
from events.enums import EventStatus
from events.models import Event
from sales import services
from sales.enums import BookingStatus
from sales.models import Booking
from tests.backoffice.addresses import page
from tests.backoffice.conftest import SignIn, back_to_draft, person
from tests.factories import Counters, Stage, counters, id_of, make_stage
from tests.proofs import assert_reconciled, nothing_changed

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def act(client: Client, subject: Any, action: str, /, **form: Any) -> Any:
    opts = subject._meta
    name = f"admin:{opts.app_label}_{opts.model_name}_{action}"
    return client.post(
        reverse(name, args=(subject.pk,)), {"reason": "Because", **form}, headers=HTMX
    )


def assert_done(answer: Any) -> None:
    assert answer.headers.get("HX-Refresh") == "true", answer.content.decode()


def assert_refused(answer: Any, text: str) -> None:
    assert answer.status_code == 200
    assert "HX-Refresh" not in answer.headers
    assert text in answer.content.decode()


def test_a_get_changes_nothing_and_shows_the_dialog(manager: Client, stage: Stage) -> None:
    url = reverse("admin:events_pool_set_capacity", args=(stage.pools["GA"].pk,))
    with nothing_changed():
        in_dialog = manager.get(url, headers=HTMX).content.decode()
        as_page = manager.get(url).content.decode()
    assert 'id="dialog"' in in_dialog
    assert "<html" not in in_dialog
    assert "<html" in as_page


def test_a_dialog_without_a_reason_is_refused(manager: Client, stage: Stage) -> None:
    with nothing_changed():
        answer = act(manager, stage.pools["GA"], "set_capacity", capacity=200, reason="  ")
    assert_refused(answer, "This field is required.")


def test_a_capacity_is_set_with_person_and_reason(manager: Client, stage: Stage) -> None:
    assert_done(act(manager, stage.pools["GA"], "set_capacity", capacity=150))
    assert counters(stage.open_row()) == Counters(50, 0, 0, 0)
    movement = Movement.objects.latest("pk")
    assert movement.reason == "Because"
    assert movement.user_id == int(manager.session["_auth_user_id"])
    assert_reconciled()


def test_a_capacity_in_use_is_refused_with_the_numbers(manager: Client, stage: Stage) -> None:
    stage.sell([("Ticket", 7)])
    with nothing_changed():
        answer = act(manager, stage.pools["GA"], "set_capacity", capacity=10)
    assert_refused(answer, "The capacity can shrink by 0")
    assert_refused(answer, "93")  # free with the website


def test_units_move_between_rows(manager: Client, stage: Stage) -> None:
    back_to_draft(stage)
    pool = stage.pools["GA"]
    source, target = stage.row(), stage.row(channel="agent")
    assert_done(act(manager, pool, "move", source=source.pk, target=target.pk, units=30))
    assert (counters(source)[0], counters(target)[0]) == (70, 30)
    with nothing_changed():
        answer = act(manager, pool, "move", source=source.pk, target=target.pk, units=71)
        assert_refused(answer, "71 units were asked for, 70 are free.")
        answer = act(manager, pool, "move", source=source.pk, target=source.pk, units=1)
        assert_refused(answer, "Choose another row")


def test_rows_of_another_pool_cannot_be_named(manager: Client, stage: Stage, other: Stage) -> None:
    back_to_draft(stage)
    with nothing_changed():
        answer = act(
            manager,
            stage.pools["GA"],
            "move",
            source=stage.row().pk,
            target=other.row().pk,
            units=1,
        )
        assert_refused(answer, "Select a valid choice")
        answer = act(
            manager, stage.pools["GA"], "allocate", channel=other.channels["web"].pk, units=1
        )
        assert_refused(answer, "Select a valid choice")


def test_units_are_allocated_out_of_the_open_stock(manager: Client, stage: Stage) -> None:
    back_to_draft(stage)
    act(manager, stage.pools["GA"], "set_capacity", capacity=150)
    assert_done(
        act(manager, stage.pools["GA"], "allocate", channel=stage.channels["agent"].pk, units=20)
    )
    assert counters(stage.row(channel="agent")) == Counters(20, 0, 0, 0)
    assert counters(stage.open_row()) == Counters(30, 0, 0, 0)


def test_shared_stock_is_added_and_drawn_on(manager: Client, stage: Stage) -> None:
    back_to_draft(stage)
    act(manager, stage.pools["GA"], "set_capacity", capacity=150)
    assert_done(act(manager, stage.pools["GA"], "add_open_row", name="all partners", units=40))
    shared = stage.open_row(name="all partners")
    row = stage.row(channel="agent")
    answer = act(
        manager,
        row,
        "set_drawing",
        draws_on=shared.pk,
        draws_from="2030-01-01T10:00",
        draws_until="",
        ceiling=25,
    )
    assert_done(answer)
    row.refresh_from_db()
    assert (row.draws_on_id, row.ceiling) == (shared.pk, 25)
    assert row.draws_from is not None
    assert row.draws_from.isoformat() == "2030-01-01T04:30:00+00:00"  # 10:00 in Kolkata
    answer = act(manager, stage.row(), "set_drawing", draws_on=shared.pk, ceiling=5)
    assert_refused(answer, "100 units were asked for, 5 are free.")


def test_limits_are_set_and_lifted(manager: Client, stage: Stage) -> None:
    stage.sell([("Ticket", 3)])
    item, listing = stage.items["Ticket"], stage.listing()
    assert_done(act(manager, item, "set_limit", limit=50))
    assert_done(act(manager, listing, "set_limit", limit=10))
    assert counters(stage.limit_row("Ticket")) == Counters(50, 0, 3, 0)
    assert counters(stage.limit_row("Ticket", "web")) == Counters(10, 0, 3, 0)
    with nothing_changed():
        assert_refused(act(manager, item, "set_limit", limit=2), "the limit cannot be 2")
    assert_done(act(manager, item, "set_limit", limit=""))
    item.refresh_from_db()
    assert item.limit is None
    assert_reconciled()


def test_an_event_is_published_paused_and_closed(sign_in: SignIn) -> None:
    draft = make_stage(status=EventStatus.DRAFT)
    user = person(Role.VENUE_MANAGER, draft)
    manager, event = sign_in(user), draft.event
    for action, status in (
        ("publish", EventStatus.ON_SALE),
        ("pause", EventStatus.PAUSED),
        ("publish", EventStatus.ON_SALE),
        ("close", EventStatus.CLOSED),
    ):
        assert_done(act(manager, event, action))
        event.refresh_from_db()
        assert event.status == status
    record = Event.history.filter(id=event.pk).latest()
    assert (record.history_change_reason, record.history_user_id) == ("Because", user.pk)


def test_an_event_with_nothing_to_sell_is_not_published(manager: Client, stage: Stage) -> None:
    event = Event.objects.create(
        venue=stage.event.venue, name="Empty", starts_at=timezone.now() + timedelta(days=1)
    )
    assert_refused(act(manager, event, "publish"), "Nothing could be sold")
    event.refresh_from_db()
    assert event.status == EventStatus.DRAFT


def test_an_action_that_makes_no_sense_is_not_shown_and_does_nothing(
    manager: Client, stage: Stage
) -> None:
    url = reverse("admin:events_event_publish", args=(stage.event.pk,))
    assert url not in manager.get(page(stage.event, "change")).content.decode()
    before = Event.history.count()
    act(manager, stage.event, "publish")
    assert Event.history.count() == before


def test_a_booking_is_refunded_in_part_and_whole(manager: Client, stage: Stage) -> None:
    answer = stage.sell([("Ticket", 5)])
    booking = Booking.objects.get(pk=id_of(answer))
    with nothing_changed():
        assert_refused(act(manager, booking, "refund", line_1=6), "Line 1 has 5 tickets left")
        assert_refused(act(manager, booking, "refund", line_1=0), "Say how many")
    assert_done(act(manager, booking, "refund", line_1=2))
    assert counters(stage.row()) == Counters(100, 0, 3, 0)
    assert_done(act(manager, booking, "refund", line_1=3))
    booking.refresh_from_db()
    assert booking.status == BookingStatus.CANCELLED
    assert counters(stage.row()) == Counters(100, 0, 0, 0)
    assert_reconciled()


def test_a_hold_is_extended_and_released(manager: Client, stage: Stage) -> None:
    booking = Booking.objects.get(pk=stage.hold(expires_in_seconds=60))
    assert_refused(act(manager, booking, "extend", minutes=999999), "A hold lasts")
    assert_done(act(manager, booking, "extend", minutes=30))
    booking.refresh_from_db()
    assert booking.expires_at is not None
    assert booking.expires_at > timezone.now() + timedelta(minutes=29)
    assert_done(act(manager, booking, "release"))
    booking.refresh_from_db()
    assert (booking.status, booking.end_reason) == (BookingStatus.CANCELLED, "Because")
    assert counters(stage.row()) == Counters(100, 0, 0, 0)


def test_a_hold_that_is_confirmed_meanwhile_is_not_refunded(
    manager: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at the booking and its lock: only the service can know."""
    booking = Booking.objects.get(pk=stage.hold())
    cancel = services.cancel

    def overtaken(*args: Any, **kwargs: Any) -> Any:
        services.confirm(booking.pk, by=SYSTEM)
        return cancel(*args, **kwargs)

    monkeypatch.setattr(services, "cancel", overtaken)
    assert_refused(act(manager, booking, "release"), "The booking is confirmed by now")
    booking.refresh_from_db()
    assert booking.status == BookingStatus.CONFIRMED
    assert counters(stage.row()) == Counters(100, 0, 1, 0)
    assert_reconciled()


def test_a_release_that_was_shown_before_the_confirmation_does_nothing(
    manager: Client, stage: Stage
) -> None:
    booking = Booking.objects.get(pk=stage.hold())
    url = reverse("admin:sales_booking_release", args=(booking.pk,))
    assert "Release" in manager.get(url).content.decode()
    services.confirm(booking.pk, by=SYSTEM)
    with nothing_changed():
        act(manager, booking, "release")
    booking.refresh_from_db()
    assert booking.status == BookingStatus.CONFIRMED


def test_finance_refunds_but_does_not_sell_or_move(stage: Stage, sign_in: SignIn) -> None:
    client = sign_in(person(Role.FINANCE, stage))
    held = Booking.objects.get(pk=stage.hold())
    sold = Booking.objects.get(pk=id_of(stage.sell()))
    assert act(client, held, "release").status_code == 403
    assert act(client, stage.pools["GA"], "set_capacity", capacity=200).status_code == 403
    assert act(client, stage.event, "pause").status_code == 403
    assert_done(act(client, sold, "refund", line_1=1))


def test_a_partner_manager_allocates_but_sets_no_capacity_and_no_limit(
    stage: Stage, sign_in: SignIn
) -> None:
    back_to_draft(stage)
    client = sign_in(person(Role.PARTNER_MANAGER, stage))
    pool, item, listing = stage.pools["GA"], stage.items["Ticket"], stage.listing()
    with nothing_changed():
        assert act(client, pool, "set_capacity", capacity=200).status_code == 403
        assert act(client, item, "set_limit", limit=5).status_code == 403
        assert act(client, listing, "set_limit", limit=5).status_code == 403
    shown = client.get(page(pool, "change")).content.decode()
    assert reverse("admin:events_pool_set_capacity", args=(pool.pk,)) not in shown
    rows = {"source": stage.row().pk, "target": stage.row(channel="agent").pk}
    assert_done(act(client, pool, "move", **rows, units=5))


def test_stock_and_movements_cannot_be_written(superuser: Client, stage: Stage) -> None:
    row = stage.row()
    movement = Movement.objects.latest("pk")
    for one in (row, movement, Booking.objects.get(pk=stage.hold())):
        assert superuser.post(page(one, "change"), {"quantity": 5}).status_code == 403
        assert superuser.post(page(one, "delete"), {"post": "yes"}).status_code == 403
        assert superuser.get(page(type(one), "add")).status_code == 403
    assert Stock.objects.get(pk=row.pk).quantity == 100


def test_movements_of_a_booking_are_one_click_away(manager: Client, stage: Stage) -> None:
    booking = Booking.objects.get(pk=stage.hold())
    url = reverse("admin:sales_booking_movements", args=(booking.pk,))
    body = manager.get(url, follow=True).content.decode()
    assert f"Booking {booking}" in body
    on_its_page = manager.get(page(booking, "change")).content.decode()
    assert str(booking) in on_its_page
    assert str(booking.uuid) not in on_its_page
    assert ">null<" not in on_its_page  # nobody gave a contact
