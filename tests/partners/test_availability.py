"""What a channel is told it can sell, and how it learns that nothing has changed."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from allocations import services as allocations
from allocations.models import Listing, SalesChannel
from common import text
from common.actor import SYSTEM
from common.clock import utc
from demo.seller import lawful
from events.enums import EventStatus, ItemKind
from events.models import Event, Item
from partners.api.availability import view_availability
from sales.limits import set_item_limit, set_listing_limit
from sales.services import cancel
from tests.factories import Stage, make_item, make_stage
from tests.partners.conftest import Api, assert_problem, key_for


def ask(api: Api, stage: Stage, etag: str = "") -> Any:
    headers = {"if-none-match": etag} if etag else {}
    return api.get(f"/events/{stage.event.pk}/availability/", **headers)


def the_item(api: Api, stage: Stage) -> dict[str, Any]:
    [found] = ask(api, stage).json()["items"]
    return dict(found)


def test_it_says_what_is_left_and_at_which_price(stage: Stage, web: Api) -> None:
    stage.sell([("Ticket", 3)])
    answer = ask(web, stage)
    assert answer.status_code == 200
    body = answer.json()
    assert body.pop("utc_as_of").endswith("Z")
    assert body == {
        "event": stage.event.pk,
        "channel": stage.channels["web"].pk,
        "event_status": "ON_SALE",
        "currency": "INR",
        "items": [
            {
                "id": stage.items["Ticket"].pk,
                "name": "Ticket",
                "kind": "STANDALONE",
                "price": "10.00",
                "currency": "INR",
                "status": "AVAILABLE",
                "sellable": 97,
                "limited_by": "stock",
                "reason": None,
                "min_per_booking": 1,
                "max_per_booking": None,
            }
        ],
    }


def test_it_tells_little_and_nothing_left_apart(stage: Stage, web: Api) -> None:
    stage.sell([("Ticket", 50)])
    assert the_item(web, stage)["status"] == "AVAILABLE"  # one half exactly
    stage.hold([("Ticket", 1)])
    found = the_item(web, stage)
    assert (found["status"], found["sellable"]) == ("LIMITED", 49)
    stage.sell([("Ticket", 49)])
    found = the_item(web, stage)
    assert (found["status"], found["sellable"]) == ("SOLD_OUT", 0)


@pytest.mark.parametrize(
    ("wanted", "minimum", "maximum", "quantity"),
    [(3, 1, None, 3), (3, 1, 2, 2), (1, 2, None, 2), (1, 2, 2, 2)],
)
def test_what_it_says_of_one_booking_is_what_a_booking_may_have(
    stage: Stage, web: Api, wanted: int, minimum: int, maximum: int | None, quantity: int
) -> None:
    Item.objects.update(min_per_booking=minimum, max_per_booking=maximum)
    found = the_item(web, stage)
    assert (found["min_per_booking"], found["max_per_booking"]) == (minimum, maximum)
    assert lawful(wanted, minimum, maximum) == quantity
    lines = [{"item": found["id"], "quantity": quantity}]
    assert web.post("/bookings/", {"event": stage.event.pk, "lines": lines}).status_code == 201


def test_fewer_than_the_least_is_sold_out(stage: Stage, web: Api) -> None:
    Item.objects.update(min_per_booking=4)
    stage.sell([("Ticket", 97)])
    found = the_item(web, stage)
    assert (found["status"], found["sellable"]) == ("SOLD_OUT", 3)


def test_the_tightest_limit_is_named(stage: Stage, web: Api) -> None:
    with transaction.atomic():
        set_item_limit(item=stage.items["Ticket"], limit=20, by=SYSTEM, reason="test")
    assert (the_item(web, stage)["sellable"], the_item(web, stage)["limited_by"]) == (20, "item")
    with transaction.atomic():
        set_listing_limit(listing=stage.listing(), limit=5, by=SYSTEM, reason="test")
    found = the_item(web, stage)
    assert (found["sellable"], found["limited_by"]) == (5, "listing")


@pytest.mark.parametrize(
    ("model", "change", "code"),
    [
        (Event, {"status": EventStatus.PAUSED}, "NOT_ON_SALE"),
        (Event, {"stop_reason": "storm"}, "STOP_SELL"),
        (SalesChannel, {"stop_reason": "unpaid"}, "STOP_SELL"),
        (Event, {"sales_from": timezone.now() + timedelta(days=1)}, "OUTSIDE_SALES_WINDOW"),
        (Item, {"stop_reason": "recount"}, "STOP_SELL"),
        (Listing, {"is_on": False}, "NOT_ON_SALE"),
        (Listing, {"sales_until": timezone.now() - timedelta(days=1)}, "OUTSIDE_SALES_WINDOW"),
        (Item, {"kind": ItemKind.SAME_DAY}, "OUTSIDE_SALES_WINDOW"),
    ],
)
def test_what_is_closed_says_why(
    stage: Stage, web: Api, model: Any, change: dict[str, Any], code: str
) -> None:
    before = ask(web, stage).headers["ETag"]
    model.objects.update(**change)
    assert ask(web, stage, before).status_code == 200
    found = the_item(web, stage)
    assert (found["status"], found["sellable"], found["limited_by"]) == ("CLOSED", 0, None)
    assert found["reason"]["code"] == code
    assert found["reason"]["detail"]


def test_what_a_channel_may_draw_counts(stage: Stage, hotel: Api) -> None:
    assert the_item(hotel, stage)["sellable"] == 0
    with transaction.atomic():
        allocations.move_quantity(
            source=stage.row(), target=stage.open_row(), units=30, by=SYSTEM, reason="test"
        )
    before = ask(hotel, stage).headers["ETag"]
    stage.draw("hotel", ceiling=40)
    assert ask(hotel, stage, before).status_code == 200
    found = the_item(hotel, stage)
    assert (found["sellable"], found["limited_by"]) == (30, "open")


@pytest.mark.django_db
def test_a_change_of_the_open_row_is_news_to_whoever_draws_on_it() -> None:
    shared = make_stage(channels=("a", "b"), give={})
    for channel in ("a", "b"):
        shared.draw(channel)
    api = Api(key_for(shared.channels["a"]))
    before = ask(api, shared).headers["ETag"]
    shared.sell([("Ticket", 1)], channel="b")
    news = ask(api, shared, before)
    assert (news.status_code, news.json()["items"][0]["sellable"]) == (200, 99)


def test_while_nothing_changes_one_statement_says_so(stage: Stage, web: Api) -> None:
    etag = ask(web, stage).headers["ETag"]
    with CaptureQueriesContext(connection) as seen:
        answer = ask(web, stage, etag)
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["ETag"] == etag
    [query] = seen.captured_queries
    assert "sales_" not in query["sql"]
    assert "allocations_movement" not in query["sql"]


@pytest.mark.django_db
def test_an_answer_takes_one_statement_however_many_items_there_are() -> None:
    many = make_stage(
        pools={"GA": 100, "Parking": 10},
        items={f"Item {number}": {"GA": 1, "Parking": 1} for number in range(12)},
    )
    api = Api(key_for(many.channels["web"]))
    ask(api, many)
    with CaptureQueriesContext(connection) as seen:
        answer = ask(api, many)
    assert len(answer.json()["items"]) == 12
    assert len(seen) == 1


@pytest.mark.parametrize("header", ["*", '"other", {etag}', "{strong}", "{etag}"])
def test_every_way_of_asking_whether_it_is_the_same(stage: Stage, web: Api, header: str) -> None:
    etag = ask(web, stage).headers["ETag"]
    asked = header.format(etag=etag, strong=etag.removeprefix("W/"))
    assert ask(web, stage, asked).status_code == 304


@pytest.mark.parametrize("header", ['"other"', "nonsense", ",,,", 'W/"', '"' * 3000])
def test_another_etag_is_answered_whole(stage: Stage, web: Api, header: str) -> None:
    assert ask(web, stage, header).status_code == 200


def test_the_etag_is_another_after_a_sale_a_release_and_a_new_price(stage: Stage, web: Api) -> None:
    seen = [ask(web, stage).headers["ETag"]]
    stage.sell()
    seen.append(ask(web, stage).headers["ETag"])
    hold = stage.hold()
    seen.append(ask(web, stage).headers["ETag"])
    cancel(hold, by=SYSTEM, reason="test")
    seen.append(ask(web, stage).headers["ETag"])
    Listing.objects.update(price=Decimal("11.00"))
    seen.append(ask(web, stage).headers["ETag"])
    assert len(set(seen)) == len(seen)
    assert the_item(web, stage)["price"] == "11.00"


def test_two_channels_have_two_etags(stage: Stage, web: Api, hotel: Api) -> None:
    etag = ask(web, stage).headers["ETag"]
    assert ask(hotel, stage, etag).status_code == 200


def test_the_etag_is_another_once_a_window_opens_or_ends(stage: Stage, web: Api) -> None:
    """Time alone changes what can be sold; nothing is written then."""
    Listing.objects.update(sales_from=timezone.now() - timedelta(hours=1))
    Item.objects.update(kind=ItemKind.SAME_DAY, sales_until=stage.event.starts_at)
    stage.draw("web", draws_until=timezone.now() + timedelta(hours=1))
    view = view_availability(stage.event.pk, stage.channels["web"].pk)
    # The listing's start, the item's end, the drawing's end, the day's start, and its end, with
    # which the sales of the event end too.
    assert len(view.plan.boundaries) == 5
    before = type(view)(view.plan, view.plan.boundaries[0] - timedelta(microseconds=1), view.rows)
    etags = {before.etag}
    for moment in view.plan.boundaries:
        early = type(view)(view.plan, moment - timedelta(microseconds=1), view.rows)
        late = type(view)(view.plan, moment, view.rows)
        assert early.etag != late.etag
        etags |= {early.etag, late.etag}
    assert len(etags) == 6


def test_an_event_that_is_not_listed_is_not_there(stage: Stage, web: Api) -> None:
    Listing.objects.filter(channel=stage.channels["web"]).delete()
    assert_problem(ask(web, stage), 404, "NOT_FOUND", "event")


def test_a_pool_without_a_part_for_the_channel_offers_nothing(stage: Stage, web: Api) -> None:
    make_item(stage.event, "Nothing inside", {})
    found = ask(web, stage).json()["items"]
    assert [item["name"] for item in found] == ["Ticket"]


# --- Closed is not sold out ---------------------------------------------------------------------


def refused(api: Api, stage: Stage) -> dict[str, Any]:
    lines = [{"item": stage.items["Ticket"].pk, "quantity": 1}]
    answer = api.post("/bookings/", {"event": stage.event.pk, "lines": lines})
    assert answer.status_code == 409
    return dict(answer.json())


def test_a_channel_that_was_given_nothing_is_closed_and_not_sold_out(
    stage: Stage, hotel: Api
) -> None:
    found = the_item(hotel, stage)
    assert (found["status"], found["sellable"], found["limited_by"]) == ("CLOSED", 0, None)
    detail = "Ticket takes from GA, of which this channel has been given nothing."
    reason = {"code": "NOT_ON_SALE", "detail": detail, "sales_from": None, "sales_until": None}
    assert found["reason"] == reason
    told = refused(hotel, stage)
    assert (told["code"], told["detail"]) == ("NOT_ON_SALE", detail)


@pytest.mark.parametrize(("opens", "word"), [(24, "from"), (-48, "until")])
def test_outside_of_its_tier_a_channel_is_closed_and_told_from_when(
    stage: Stage, hotel: Api, opens: int, word: str
) -> None:
    start = timezone.now().replace(microsecond=0) + timedelta(hours=opens)
    end = start + timedelta(hours=24)
    stage.draw("hotel", draws_from=start, draws_until=end)
    found = the_item(hotel, stage)
    assert (found["status"], found["sellable"]) == ("CLOSED", 0)
    assert found["reason"]["code"] == "OUTSIDE_SALES_WINDOW"
    moments = (utc(start), utc(end))
    assert (found["reason"]["sales_from"], found["reason"]["sales_until"]) == moments
    told_at = text.moment(start if word == "from" else end, stage.event.venue.zone)
    assert f"{word} {told_at}" in found["reason"]["detail"]
    told = refused(hotel, stage)
    assert (told["code"], told["sales_from"], told["sales_until"]) == (
        "OUTSIDE_SALES_WINDOW",
        *moments,
    )
    assert told["detail"] == found["reason"]["detail"]


def test_common_stock_that_is_gone_is_sold_out(stage: Stage, hotel: Api) -> None:
    stage.draw("hotel")
    found = the_item(hotel, stage)
    assert (found["status"], found["reason"]) == ("SOLD_OUT", None)
    assert refused(hotel, stage)["code"] == "SOLD_OUT"
    stage.sell([("Ticket", 100)])
    web = Api(key_for(stage.channels["web"]))
    assert (the_item(web, stage)["status"], refused(web, stage)["code"]) == ("SOLD_OUT",) * 2
