"""An event is cancelled, postponed and copied through dialogs that say first what will change."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.roles import Role
from events.enums import EventStatus
from events.models import Event, Item, Series
from sales import cancellation, tasks
from sales.models import Booking, ChannelSettlement, EventCancellation, HoldChange, NamedHold
from tests.backoffice.addresses import page
from tests.backoffice.conftest import SignIn, person
from tests.backoffice.test_actions import act, assert_done, assert_refused
from tests.factories import Counters, Stage, id_of, make_event, make_stage
from tests.kept import kept
from tests.proofs import assert_reconciled, nothing_changed
from tests.sales.holding import make_hold

pytestmark = pytest.mark.django_db

MISSING = ("Say what becomes of these bookings.", "This is not the event&#x27;s name.")


@kept
def stage(db: None) -> Stage:
    """Half past seven in Kolkata, far ahead."""
    return make_stage(
        channels=("web", "agent"),
        give={("GA", "web"): 60, ("GA", "agent"): 40},
        starts_at=datetime(2090, 1, 6, 14, 0, tzinfo=UTC),
    )


def preview(client: Client, stage: Stage, action: str, **form: Any) -> str:
    answer = act(client, stage.event, action, preview="1", reason="", **form)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def message(client: Client, stage: Stage) -> str:
    return client.get(page(stage.event, "change")).content.decode()


def fates(stage: Stage, **by_channel: str) -> dict[str, str]:
    return {f"fate_{stage.channels[name].pk}": fate for name, fate in by_channel.items()}


# --- Cancel ---------------------------------------------------------------------------------


def test_the_dialog_counts_what_each_channel_has_booked(manager: Client, stage: Stage) -> None:
    stage.sell([("Ticket", 3)])
    stage.hold([("Ticket", 2)], channel="agent")
    with nothing_changed():
        url = reverse("admin:events_event_cancel", args=(stage.event.pk,))
        body = manager.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "1 booking, 3 tickets, 30 INR" in body
    assert f"fate_{stage.channels['web'].pk}" in body
    assert f"fate_{stage.channels['agent'].pk}" not in body  # holds leave nothing to choose


def test_the_preview_says_each_fate_before_the_name_is_typed(manager: Client, stage: Stage) -> None:
    stage.sell([("Ticket", 3)])
    stage.sell(channel="agent")
    stage.hold([("Ticket", 2)], channel="agent")
    with nothing_changed():
        body = preview(manager, stage, "cancel", **fates(stage, web="REFUND", agent="KEEP"))
    assert "<td>1 booking, 3 tickets, 30 INR</td>" in body
    assert "<strong>refunded</strong>" in body
    assert "<strong>kept, the seller settles them</strong>" in body
    assert "<td>1 hold, 2 tickets</td>" in body
    assert "<strong>released</strong>" in body


def counted_before(client: Client, stage: Stage) -> str:
    """What the opened dialog keeps of what it has counted."""
    url = reverse("admin:events_event_cancel", args=(stage.event.pk,))
    body = client.get(url, headers={"HX-Request": "true"}).content.decode()
    [found] = re.findall(r'name="counted_before" value="([^"]+)"', body)
    return str(found)


def test_bookings_are_counted_when_the_dialog_opens_and_not_for_each_preview(
    manager: Client, stage: Stage
) -> None:
    stage.sell([("Ticket", 3)])
    form = fates(stage, web="REFUND") | {"counted_before": counted_before(manager, stage)}
    stage.sell([("Ticket", 2)])
    with CaptureQueriesContext(connection) as asked:
        body = preview(manager, stage, "cancel", **form)
    assert "<td>1 booking, 3 tickets, 30 INR</td>" in body
    assert [one for one in asked if "sales_bookingline" in one["sql"]] == []
    assert_done(act(manager, stage.event, "cancel", name=stage.event.name, **form))
    assert ChannelSettlement.objects.get().tickets_sold == 5


def test_a_preview_believes_no_count_but_its_own(manager: Client, stage: Stage) -> None:
    other = make_stage(venue=stage.event.venue, channels=("kiosk",))
    stage.sell([("Ticket", 3)])
    sealed = counted_before(manager, stage)
    for text in ("", "\x00", sealed[:-1], f"x{sealed}", counted_before(manager, other)):
        form = fates(stage, web="REFUND") | {"counted_before": text}
        body = preview(manager, stage, "cancel", **form)
        assert "<td>1 booking, 3 tickets, 30 INR</td>" in body


def test_every_channel_needs_a_fate_and_the_name_is_typed(manager: Client, stage: Stage) -> None:
    stage.sell()
    stage.sell(channel="agent")
    with nothing_changed():
        answer = act(manager, stage.event, "cancel", name="another", **fates(stage, web="REFUND"))
    for text in MISSING:
        assert_refused(answer, text)
    assert not EventCancellation.objects.exists()


def test_a_cancelled_events_page_shows_the_decision_and_its_progress(
    manager: Client, stage: Stage
) -> None:
    sold = id_of(stage.sell([("Ticket", 3)]))
    kept = id_of(stage.sell(channel="agent"))
    stage.hold([("Ticket", 2)], channel="agent")
    assert_done(
        act(
            manager,
            stage.event,
            "cancel",
            name=f" {stage.event.name.upper()} ",
            **fates(stage, web="REFUND", agent="KEEP"),
        )
    )
    body = message(manager, stage)
    assert "Bookings to be refunded: 1; kept: 1; holds to be released: 1." in body
    assert f"movement/?stock__event__id__exact={stage.event.pk}" in body
    assert "0 of 2 bookings and holds settled" in body
    assert 'hx-trigger="every 3s"' in body
    assert tasks.settle_cancelled_events() == 2
    body = message(manager, stage)
    assert "2 of 2 bookings and holds by this decision." in body
    assert 'hx-trigger="every 3s"' not in body
    statuses = dict(Booking.objects.values_list("pk", "status"))
    assert (statuses[sold], statuses[kept]) == ("CANCELLED", "CONFIRMED")
    assert reverse("admin:events_event_cancel", args=(stage.event.pk,)) not in body
    assert reverse("admin:events_event_postpone", args=(stage.event.pk,)) not in body
    assert_reconciled()


def test_one_fate_for_all_holds_also_for_who_sells_meanwhile(
    manager: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.sell()
    cancel_event = cancel_with_a_sale_before(stage, "agent", monkeypatch)
    assert_done(act(manager, stage.event, "cancel", name=stage.event.name, every="REFUND"))
    assert cancel_event == ["agent"]
    assert list(ChannelSettlement.objects.values_list("fate", flat=True)) == ["REFUND", "REFUND"]


def test_a_channel_that_sells_first_meanwhile_is_asked_about(
    manager: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.sell()
    cancel_with_a_sale_before(stage, "agent", monkeypatch)
    answer = act(
        manager, stage.event, "cancel", name=stage.event.name, **fates(stage, web="REFUND")
    )
    assert_refused(answer, "Bookings: agent 1")
    stage.event.refresh_from_db()
    assert stage.event.status == EventStatus.ON_SALE


def cancel_with_a_sale_before(
    stage: Stage, channel: str, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """Between the form's look and the decision, a channel sells."""
    sold: list[str] = []
    decide = cancellation.cancel_event

    def overtaken(**terms: Any) -> EventCancellation:
        stage.sell(channel=channel)
        sold.append(channel)
        return decide(**terms)

    monkeypatch.setattr("backoffice.events.lifecycle.cancel_event", overtaken)
    return sold


def test_an_event_without_bookings_asks_for_its_name_alone(manager: Client, stage: Stage) -> None:
    assert_done(act(manager, stage.event, "cancel", name=stage.event.name))
    tasks.settle_cancelled_events()
    assert "There was nothing to settle." in message(manager, stage)


@pytest.mark.parametrize("role", set(Role) - {Role.VENUE_MANAGER, Role.PARTNER})
@pytest.mark.parametrize("action", ["cancel", "postpone", "copy"])
def test_only_who_runs_the_venue_decides_over_an_event(
    role: Role, action: str, stage: Stage, sign_in: SignIn
) -> None:
    client = sign_in(person(role, stage))
    assert act(client, stage.event, action).status_code == 403
    assert reverse(f"admin:events_event_{action}", args=(stage.event.pk,)) not in message(
        client, stage
    )


# --- Postpone -------------------------------------------------------------------------------


def test_a_postponement_says_each_time_and_what_stays_valid(manager: Client, stage: Stage) -> None:
    Event.objects.filter(pk=stage.event.pk).update(sales_until="2090-01-06T13:00Z")
    stage.sell([("Ticket", 3)])
    with nothing_changed():
        body = preview(manager, stage, "postpone", starts_at="2090-02-10T20:00", windows="shift")
    assert "6 Jan 2090, 19:30 IST" in body
    assert "<strong>10 Feb 2090, 20:00 IST</strong>" in body
    assert "<strong>10 Feb 2090, 19:00 IST</strong>" in body
    assert_done(
        act(manager, stage.event, "postpone", starts_at="2090-02-10T20:00", windows="shift")
    )
    stage.event.refresh_from_db()
    assert stage.event.starts_at == datetime(2090, 2, 10, 14, 30, tzinfo=UTC)
    assert stage.event.sales_until == datetime(2090, 2, 10, 13, 30, tzinfo=UTC)
    assert stage.counters() == Counters(60, 0, 3, 0)
    assert "now starts on 10 Feb 2090, 20:00 IST" in message(manager, stage)
    record = Event.history.filter(id=stage.event.pk).latest()
    assert record.history_change_reason == "Because"


@pytest.mark.parametrize(
    ("starts_at", "text"),
    [
        ("2020-01-01T20:00", "The new start is in the past."),
        ("2090-01-06T19:30", "The event starts at this time already."),
        ("2200-01-01T20:00", "A date lies between 2000-01-01 and 2100-01-01"),
        ("9999-12-31T23:59", "A date lies between 2000-01-01 and 2100-01-01"),
        ("0001-01-01T00:00", "A date lies between 2000-01-01 and 2100-01-01"),
        ("tomorrow", "Enter a valid date/time."),
    ],
)
def test_a_start_that_cannot_be_is_refused(
    manager: Client, stage: Stage, starts_at: str, text: str
) -> None:
    with nothing_changed():
        answer = act(manager, stage.event, "postpone", starts_at=starts_at, windows="shift")
    assert_refused(answer, text)


# --- Copy -----------------------------------------------------------------------------------


def test_an_event_is_copied_every_week_and_to_further_dates(manager: Client, stage: Stage) -> None:
    form = {
        "first": "2090-01-13T19:30",
        "repeat": "weekly",
        "times": "2",
        "further": "2090-02-14\r\n\r\n2090-02-15 11:00",
        "with_allocations": "on",
    }
    with nothing_changed():
        body = preview(manager, stage, "copy", **form)
    for start in (
        "Fri 13 Jan 2090, 19:30 IST",
        "Fri 20 Jan 2090, 19:30 IST",
        "Tue 14 Feb 2090, 19:30 IST",
        "Wed 15 Feb 2090, 11:00 IST",
    ):
        assert start in body
    assert f"{stage.event.name} (new)" in body
    assert "pools: 1, items: 1, components: 1, listings: 2" in body
    assert not Series.objects.exists()
    assert_done(act(manager, stage.event, "copy", **form))
    series = Series.objects.get()
    copies = Event.objects.filter(series=series, status=EventStatus.DRAFT).order_by("starts_at")
    assert copies.count() == 4
    body = message(manager, stage)
    assert "Drafts made: 4" in body
    assert page(copies[0], "change") in body
    assert f"series__id__exact={series.pk}" in body
    assert_reconciled()


def test_dates_that_are_taken_are_named_before_and_after(manager: Client, stage: Stage) -> None:
    taken = stage.event.starts_at + timedelta(days=7)
    make_event(stage.event.venue, name=stage.event.name, starts_at=taken)
    form = {"first": "2090-01-13T19:30", "repeat": "daily", "times": "3"}
    events = Event.objects.count()
    with nothing_changed():
        assert "an event already on 13 Jan 2090, 19:30" in preview(manager, stage, "copy", **form)
        assert_refused(act(manager, stage.event, "copy", **form), "13 Jan 2090, 19:30")
    assert Event.objects.count() == events


def test_a_window_that_cannot_move_along_is_named_before_and_after(
    manager: Client, stage: Stage
) -> None:
    Item.objects.filter(pk=stage.items["Ticket"].pk).update(sales_until="2099-12-30T12:00Z")
    form = {"first": "2090-01-13T19:30", "repeat": "once"}
    text = "Ticket: sales until would be 6 Jan 2100, 17:30 IST."
    events = Event.objects.count()
    with nothing_changed():
        assert text in preview(manager, stage, "copy", **form)
        assert_refused(act(manager, stage.event, "copy", **form), text)
    assert Event.objects.count() == events


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ({"times": "61"}, "At most 60 dates at a time, not 61."),
        ({"times": "99999999999999999999"}, "less than or equal to"),
        ({"first": "9999-12-31T23:59"}, "A date lies between"),
        ({"further": "2090-02-30"}, "Line 1 is no date at the venue: “2090-02-30”."),
        ({"further": "2090-02-14\n<script>"}, "Line 2 is no date at the venue: “&lt;script&gt;”."),
        ({"further": "2090-02-14T10:00+01:00"}, "Line 1 is no date"),
        ({"further": "9999-12-31"}, "Line 1 is no date"),
        ({"further": "2090-02-14\n20900215"}, "Line 2 is no date at the venue: “20900215”."),
        ({"further": "2090-02-14 11"}, "Line 1 is no date at the venue: “2090-02-14 11”."),
        ({"further": "0001-01-01 00:00"}, "Line 1 is no date"),
        ({"further": "2090-01-13 19:30"}, "Named twice: 13 Jan 2090, 19:30"),
        ({"further": "\n".join(f"2090-03-{n:02d}" for n in range(1, 31)) * 2}, "no date"),
        ({"first": "2099-12-20T19:30"}, "2100"),
    ],
)
def test_what_is_no_date_is_refused_by_its_line(
    manager: Client, stage: Stage, form: dict[str, str], text: str
) -> None:
    valid = {"first": "2090-01-13T19:30", "repeat": "weekly", "times": "9"}
    events = Event.objects.count()
    with nothing_changed():
        assert_refused(act(manager, stage.event, "copy", **(valid | form)), text)
    assert Event.objects.count() == events


def test_named_holds_end_as_much_later_as_the_event_starts(manager: Client, stage: Stage) -> None:
    type(stage.channels["web"]).objects.filter(code="web").update(kind="HIDDEN", place="COMPS")
    end = stage.event.starts_at - timedelta(hours=2)
    hold = make_hold(stage, hands_back_at=end)
    form = {"starts_at": "2090-02-06T19:30", "windows": "shift"}
    assert "1 moves along" in preview(manager, stage, "postpone", **form)
    assert_done(act(manager, stage.event, "postpone", **form))
    hold.refresh_from_db()
    assert hold.hands_back_at - end == timedelta(days=31)
    change = HoldChange.objects.latest("pk")
    assert (change.changes[0]["what"], change.reason) == ("hands_back_at", "Because")
    form = {"starts_at": "2090-03-06T19:30", "windows": "keep"}
    assert_done(act(manager, stage.event, "postpone", **form))
    assert NamedHold.objects.get().hands_back_at == hold.hands_back_at
