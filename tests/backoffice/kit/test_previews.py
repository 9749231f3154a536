"""A dialog says what will change before anything does, and afterwards where it stands."""

import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from allocations.models import Movement
from backoffice.kit.base import BaseAdmin
from events.enums import EventStatus
from events.models import Event
from sales.models import Booking
from tests.backoffice.conftest import SignIn, back_to_draft, person
from tests.backoffice.test_actions import HTMX, act, assert_done, assert_refused
from tests.factories import Stage, id_of, make_stage
from tests.proofs import nothing_changed

pytestmark = pytest.mark.django_db

Rows = list[tuple[str, ...]]


def ask(client: Client, subject: Any, action: str, /, **form: Any) -> str:
    """The answer to a dialog that only asks; it has changed nothing."""
    opts = subject._meta
    url = reverse(f"admin:{opts.app_label}_{opts.model_name}_{action}", args=(subject.pk,))
    with nothing_changed():
        answer = client.post(url, {"preview": "1", **form}, headers=HTMX)
    assert answer.status_code == 200
    return str(answer.content.decode())


def rows(body: str) -> Rows:
    """What is said to change: label, now, then."""
    found = []
    for row in re.findall(r"<tr>\s*<th scope=\"row\">(.*?)</tr>", body, re.DOTALL):
        cells = re.sub(r"<[^>]+>|→", "|", row)
        found.append(tuple(cell.strip() for cell in cells.split("|") if cell.strip()))
    return found


def test_a_capacity_is_shown_with_the_open_stock_it_adds_to(manager: Client, stage: Stage) -> None:
    body = ask(manager, stage.pools["GA"], "set_capacity", capacity=130)
    assert rows(body) == [("Capacity", "100", "130"), ("Open stock, free", "0", "30")]


def test_numbers_have_groups_of_digits(manager: Client, stage: Stage) -> None:
    pool = stage.pools["GA"]
    form = {"capacity": 1300, "opened_with": '{"capacity": "100"}'}
    assert rows(ask(manager, pool, "set_capacity", **form)) == [
        ("Capacity", "100", "1,300"),
        ("Open stock, free", "0", "1,200"),
    ]
    assert_done(act(manager, pool, "set_capacity", **form))
    changed = "New capacity was changed meanwhile: it is 1,300 now."
    assert changed in ask(manager, pool, "set_capacity", **form)


def test_a_capacity_in_use_is_refused_before_it_is_tried(manager: Client, stage: Stage) -> None:
    body = ask(manager, stage.pools["GA"], "set_capacity", capacity=90)
    assert rows(body) == []
    assert "This cannot be done" in body
    assert "10 units were asked for, 0 are free." in body


def test_a_number_that_changes_nothing_says_so(manager: Client, stage: Stage) -> None:
    body = ask(manager, stage.pools["GA"], "set_capacity", capacity=100)
    assert "nothing changes" in body


def test_an_unfinished_form_asks_to_be_filled_in(manager: Client, stage: Stage) -> None:
    assert "Fill in the form" in ask(manager, stage.pools["GA"], "set_capacity", capacity="")
    assert "Fill in the form" in ask(manager, stage.pools["GA"], "set_capacity", capacity="many")


def test_a_move_shows_both_rows(manager: Client, stage: Stage) -> None:
    back_to_draft(stage)
    source, target = stage.row(), stage.row(channel="agent")
    body = ask(manager, stage.pools["GA"], "move", source=source.pk, target=target.pk, units=30)
    assert rows(body) == [("web, free", "100", "70"), ("agent, free", "0", "30")]


def test_an_allocation_shows_the_channel_and_the_open_stock(manager: Client, stage: Stage) -> None:
    back_to_draft(stage)
    pool = stage.pools["GA"]
    assert_done(act(manager, pool, "set_capacity", capacity=150))
    body = ask(manager, pool, "allocate", channel=stage.channels["agent"].pk, units=20)
    assert rows(body) == [("agent, allocation", "0", "20"), ("Open stock, free", "50", "30")]


def test_a_move_beyond_a_ceiling_is_refused_before_it_is_tried(
    manager: Client, stage: Stage
) -> None:
    back_to_draft(stage)
    stage.draw("agent", ceiling=10)
    form = {"source": stage.row().pk, "target": stage.row(channel="agent").pk, "units": 11}
    body = ask(manager, stage.pools["GA"], "move", **form)
    assert "11 units were asked for, 10 are free." in body


def test_shared_stock_shows_what_it_takes(manager: Client, stage: Stage) -> None:
    back_to_draft(stage)
    pool = stage.pools["GA"]
    assert_done(act(manager, pool, "set_capacity", capacity=150))
    body = ask(manager, pool, "add_open_row", name="Partners", units=20)
    assert rows(body) == [("Partners, free", "0", "20"), ("Open stock, free", "50", "30")]


def test_drawing_terms_are_shown_from_now_to_then(manager: Client, stage: Stage) -> None:
    row = stage.row(channel="agent")
    body = ask(manager, row, "set_drawing", draws_on=stage.open_row().pk, ceiling=40)
    assert rows(body) == [("Draws on", "Nothing", "Open stock"), ("Ceiling", "None", "40")]


@pytest.mark.parametrize(
    ("terms", "text"),
    [
        (
            {"draws_from": "2090-01-02T10:00", "draws_until": "2090-01-01T10:00"},
            "The window ends before it starts.",
        ),
        ({"draws_until": "2200-01-01T10:00"}, "A date lies between 2000-01-01 and 2100-01-01"),
        ({"ceiling": 99}, "100 units were asked for, 99 are free."),
    ],
)
def test_drawing_terms_that_cannot_be_are_refused_before_they_are_tried(
    manager: Client, stage: Stage, terms: dict[str, Any], text: str
) -> None:
    row, form = stage.row(), {"draws_on": stage.open_row().pk, **terms}
    body = ask(manager, row, "set_drawing", **form)
    assert "This cannot be done" in body
    assert text in body
    with nothing_changed():
        assert_refused(act(manager, row, "set_drawing", **form), text)


def test_a_limit_is_shown_with_what_it_leaves(manager: Client, stage: Stage) -> None:
    stage.sell([("Ticket", 7)])
    stage.hold([("Ticket", 2)])
    item = stage.items["Ticket"]
    body = ask(manager, item, "set_limit", limit=20)
    assert rows(body) == [("Limit", "none", "20"), ("Left of it", "no limit", "11")]
    body = ask(manager, item, "set_limit", limit=8)
    assert "2 are held and 7 sold already; the limit cannot be 8." in body


def test_a_refund_is_shown_with_tickets_and_money(manager: Client, stage: Stage) -> None:
    booking = Booking.objects.get(pk=id_of(stage.sell([("Ticket", 3)])))
    body = ask(manager, booking, "refund", line_1=1)
    assert rows(body) == [
        ("Tickets", "3", "2"),
        ("Total", "30 INR", "20 INR"),
        ("To be given back by whoever took it", "10 INR"),
    ]
    body = ask(manager, booking, "refund", line_1=3)
    assert ("Status", "Confirmed", "Cancelled") in rows(body)
    assert "are left." in ask(manager, booking, "refund", line_1=4)


def test_a_release_is_shown_with_its_tickets(manager: Client, stage: Stage) -> None:
    booking = Booking.objects.get(pk=stage.hold([("Ticket", 4)]))
    body = ask(manager, booking, "release")
    assert rows(body) == [("Status", "On hold", "Cancelled"), ("Tickets on hold", "4", "0")]


def test_an_extension_is_shown_by_its_end_and_refused_beyond_the_longest(
    manager: Client, stage: Stage
) -> None:
    booking = Booking.objects.get(pk=stage.hold())
    [(label, *_ends)] = rows(ask(manager, booking, "extend", minutes=30))
    assert label == "Expires"
    assert "This cannot be done" in ask(manager, booking, "extend", minutes=500)


def test_a_status_is_shown_with_the_listings_and_holds_it_concerns(
    manager: Client, stage: Stage
) -> None:
    stage.hold([("Ticket", 4)])
    body = ask(manager, stage.event, "pause")
    assert rows(body) == [
        ("Status", "On sale", "Paused"),
        ("Listings that can sell", "1", "0"),
        ("Units that can be sold", "96", "0"),
        ("Holds", "4 units stay on hold; their buyers may still pay."),
    ]


def test_put_on_sale_counts_what_could_sell_and_shared_units_once(sign_in: SignIn) -> None:
    channels = ("web", "agent", "hotel", "tier 2", "nobody")
    stage = make_stage(channels=channels, give={("GA", "web"): 20}, status=EventStatus.DRAFT)
    for channel in ("agent", "hotel"):
        stage.draw(channel)
    stage.draw("tier 2", draws_from=stage.event.starts_at)
    client = sign_in(person(Role.VENUE_MANAGER, stage))
    # 20 of the website's own, and 80 that two channels share.
    assert rows(ask(client, stage.event, "publish")) == [
        ("Status", "Draft", "On sale"),
        ("Listings that can sell", "0", "3"),
        ("Units that can be sold", "0", "100"),
    ]


def test_publishing_an_empty_event_is_refused_before_it_is_tried(
    manager: Client, sign_in: SignIn
) -> None:
    empty = make_stage(pools={}, items={}, status=EventStatus.DRAFT)
    client = sign_in(person(Role.VENUE_MANAGER, empty))
    assert "Nothing could be sold" in ask(client, empty.event, "publish")


def test_a_preview_obeys_permission_and_venue(
    manager: Client, other: Stage, stage: Stage, sign_in: SignIn
) -> None:
    url = reverse("admin:events_pool_set_capacity", args=(other.pools["GA"].pk,))
    assert manager.post(url, {"preview": "1", "capacity": 5}).status_code == 404
    auditor = sign_in(person(Role.AUDITOR, stage))
    url = reverse("admin:events_pool_set_capacity", args=(stage.pools["GA"].pk,))
    assert auditor.post(url, {"preview": "1", "capacity": 5}).status_code == 403


def test_the_message_links_to_the_movements(manager: Client, stage: Stage) -> None:
    pool = stage.pools["GA"]
    answer = act(manager, pool, "set_capacity", capacity=130)
    assert_done(answer)
    [message] = [str(found) for found in get_messages(answer.wsgi_request)]
    [url] = re.findall(r'href="([^"]+)"', message)
    body = manager.get(url.replace("&amp;", "&")).content.decode()
    assert Movement.objects.latest("pk").get_kind_display() in body
    assert "+30" in body


def test_a_message_shows_a_hostile_name_as_text(manager: Client, stage: Stage) -> None:
    pool = stage.pools["GA"]
    pool.name = "<script>alert(1)</script>"
    pool.save(update_fields=["name"])
    act(manager, pool, "set_capacity", capacity=130)
    body = manager.get(reverse("admin:events_event_changelist")).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; is now 130." in body
    assert "<script>alert(1)" not in body


def test_the_event_stays_as_it_was_after_all_that_asking(manager: Client, stage: Stage) -> None:
    ask(manager, stage.event, "close")
    assert Event.objects.get(pk=stage.event.pk).status == EventStatus.ON_SALE


# What these do is said by their own pages: the run with its problems and changes, or with how far it is; the checklist.
SAY_IT_THEMSELVES = {
    "exchange_importrun_import_file",
    "exchange_importrun_check_again",
    "exchange_importrun_discard",
    "planning_whatifrun_cancel_run",
    "events_event_sign_checklist",
}


def test_every_dialog_of_every_page_can_say_what_it_would_change() -> None:
    silent = set()
    for model_admin in admin.site._registry.values():
        if isinstance(model_admin, BaseAdmin):
            for action in model_admin._get_base_actions_detail():
                dialog = getattr(action.method, "finlo_dialog", None)
                if dialog is not None and not dialog.previews:
                    silent.add(action.action_name)
    assert silent <= SAY_IT_THEMSELVES
