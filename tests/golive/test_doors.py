"""Doors to all there is, one after the other: none leads to a rehearsal, not even for who sees all venues."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.contrib.admin import site
from django.db import models
from django.db.models import Value
from django.db.models.functions import Concat
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from alerts.consumers import admit as admit_to_alerts
from alerts.evaluation import periodic, stock
from alerts.kinds.base import Cadence
from alerts.models import Alert
from allocations.models import Listing, SalesChannel
from boxoffice.access import NO_SUCH_EVENT
from boxoffice.access import admit as admit_to_board
from boxoffice.selectors import watchable_events
from common.actor import SYSTEM
from common.handshake import RefusedSocketError, Visitor
from events.models import Event, Item, Pool, Venue
from exchange.exports import SOURCES
from golive.rehearsal import Rehearsal
from planning.calendar.services import make_feed, token_of
from planning.models import ReportSchedule
from planning.reports.catalog import REPORTS
from planning.schedules.services import run_due
from sales import services as sales
from sales.orders import Order, OrderLine
from tests.factories import Stage, make_stage, make_user
from tests.golive.test_rehearsal import rehearsal_of
from tests.kept import kept
from tests.partners.conftest import Api, key_for
from tests.planning.conftest import signed_in

pytestmark = pytest.mark.django_db

# What all that is a rehearsal's is called here.
MARK = "Zwiebelkuchen"
COUNT = 37
# What the overview counts, in its tiles and for each venue.
OVERVIEW_NUMBERS = re.compile(
    r'<(?:ul class="dash-tiles"|section class="dash-panel" id="by-venue").*?</(?:ul|section)>',
    re.DOTALL,
)


@kept
def stage(db: None) -> Stage:
    return make_stage(channels=("web", "agent"), give={("GA", "web"): 60})


@pytest.fixture
def user() -> User:
    return make_user(is_staff=True, is_superuser=True)


def marked(stage: Stage) -> Rehearsal:
    """A rehearsal by other names than its original's, with a sale and a waiting transfer."""
    rehearsal = rehearsal_of(stage)
    event = rehearsal.event
    Event.objects.filter(pk=event.pk).update(name=f"{MARK} event")
    Venue.objects.filter(pk=event.venue_id).update(name=f"{MARK} venue")
    SalesChannel.objects.filter(venue=event.venue_id).update(
        name=Concat(Value(f"{MARK} channel "), "name")
    )
    Item.objects.filter(event=event).update(name=f"{MARK} item")
    Pool.objects.filter(event=event).update(name=f"{MARK} pool")
    Listing.objects.filter(event=event).update(price=COUNT * 1000)
    web = rehearsal.channels[stage.channels["web"].pk]
    item = event.items.get()
    order = Order(event.pk, web.pk, [OrderLine(item.pk, COUNT)], confirm=True, reference=MARK)
    sales.book(order, by=SYSTEM)
    return rehearsal


def lists() -> Iterator[str]:
    for model, admin in site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        if admin.search_fields:
            yield f"{reverse(f'{name}_changelist')}?q={MARK}"


def completions() -> Iterator[str]:
    """What a field that completes itself offers, of each field that does."""
    for model in site._registry:
        for field in model._meta.get_fields():
            if isinstance(field, (models.ForeignKey, models.ManyToManyField)):
                options = model._meta
                yield (
                    f"{reverse('admin:autocomplete')}?term={MARK[:5]}&app_label={options.app_label}"
                    f"&model_name={options.model_name}&field_name={field.name}"
                )


def pages() -> Iterator[str]:
    yield from (
        "/admin/",
        f"/admin/search/?s={MARK}",
        "/board/",
        "/board/wall/",
        "/sell/",
        "/tills/",
    )
    yield from ("/guests/", "/metrics", "/admin/reports/", "/admin/reports/calendar/")
    for name in REPORTS:
        yield f"/admin/reports/{name}/"
        yield f"/admin/reports/{name}/CSV/"
    for name in SOURCES:
        yield f"{reverse('admin:exchange_export')}?what={name}&kind=CSV"
    for name in ("saleschannel_map", "saleschannel_several"):
        yield reverse(f"admin:allocations_{name}")
    yield from (reverse("admin:sales_booking_overdue"), reverse("admin:planning_whatif_new"))
    yield from (reverse("admin:sales_namedhold_make"), reverse("admin:sales_block_take"))
    yield f"{reverse('admin:sales_booking_erase')}?q={MARK}"
    yield reverse("admin:offline_salesfile_upload")


def own_pages(rehearsal: Rehearsal) -> Iterator[str]:
    """By their numbers, as who guesses them would ask."""
    event, channel = rehearsal.event.pk, next(iter(rehearsal.channels.values())).pk
    yield from (f"/board/{event}/", f"/board/{event}/sign/", f"/board/{event}/pace-and-alerts/")
    yield from (f"/guests/{event}/", f"/counter/{channel}/catalog/")
    yield f"/admin/transfers/transfer/approval/{event}/"
    yield from (f"/admin/events/event/{event}/{page}/" for page in ("change", "timeline", "prices"))
    yield f"/admin/planning/whatifrun/new/?event={event}"


def text_of(client: Client, address: str) -> tuple[int, str]:
    response = client.get(address, follow=True)
    content = b"".join(response) if response.streaming else response.content
    return response.status_code, content.decode(errors="replace")


def shown(text: str) -> bool:
    """More than what was asked for, which a page repeats."""
    return re.search(f"{MARK} (event|venue|channel|item|pool)|>{MARK}<", text) is not None


@pytest.mark.parametrize("addresses", [lists, completions, pages])
def test_no_list_search_report_or_file_shows_it(
    addresses: Callable[[], Iterator[str]], stage: Stage, user: User
) -> None:
    client = signed_in(user)
    marked(stage)
    found = {address: text_of(client, address) for address in addresses()}
    assert {address for address, (_, text) in found.items() if shown(text)} == set()
    # They are doors: something is behind most of them.
    assert sum(status == 200 for status, _ in found.values()) > len(found) / 3


def test_with_its_number_it_is_not_there(stage: Stage, user: User) -> None:
    client = signed_in(user)
    found = {address: client.get(address).status_code for address in own_pages(marked(stage))}
    assert {address: status for address, status in found.items() if status not in (403, 404)} == {}


def test_no_number_counts_it(stage: Stage, user: User) -> None:
    client = signed_in(user)
    addresses = [f"/admin/reports/{name}/CSV/" for name in REPORTS]

    def numbers() -> list[str]:
        overview = OVERVIEW_NUMBERS.findall(text_of(client, "/admin/")[1])
        assert overview
        overview = [" ".join(re.sub("<[^>]*>", " ", part).split()) for part in overview]
        return [*(text_of(client, address)[1] for address in addresses), *overview]

    stage.sell()
    before = numbers()
    marked(stage)
    assert numbers() == before


def test_no_key_of_a_partner_reads_it(stage: Stage) -> None:
    api = Api(key_for(stage.channels["web"]))
    rehearsal = marked(stage)
    number = rehearsal.event.pk
    lists = ("events", "bookings", "transfers", "alerts", "sales-files", "conflicts", "leases")
    own = [f"/{name}/" for name in lists] + [f"/{name}/?event={number}" for name in lists]
    own += [f"/events/{number}/", f"/events/{number}/availability/"]
    own += [f"/allocation/?event={number}", f"/allocation/statement/?event={number}"]
    found = {path: api.get(path).content.decode() for path in own}
    assert {path for path, text in found.items() if MARK in text} == set()


def test_no_screen_watches_it_and_no_alert_stands_for_it(stage: Stage, user: User) -> None:
    rehearsal = marked(stage)
    client = signed_in(user)
    now = timezone.now()
    before = Alert.objects.count()
    Event.objects.filter(pk=rehearsal.event.pk).update(stop_reason="Fire alarm")
    stock.evaluate_due(now)
    periodic.evaluate(Cadence.SECONDS, now)
    periodic.evaluate(Cadence.MINUTE, now)
    assert not Alert.objects.filter(event=rehearsal.event).exists()
    assert not Alert.objects.filter(venue=rehearsal.venue_id).exists()
    assert Alert.objects.count() >= before
    assert not watchable_events(user).filter(pk=rehearsal.event.pk).exists()
    visitor = Visitor(None, client.session.session_key, "https://testserver", "testserver")
    with pytest.raises(RefusedSocketError) as refused:
        admit_to_board(visitor, rehearsal.event.pk, lambda _secret: None)
    assert refused.value.code == NO_SUCH_EVENT
    assert (
        admit_to_alerts(visitor) is None
    )  # all venues, of which none is a rehearsal's with an alert


def test_no_calendar_and_no_report_by_mail_is_about_it(stage: Stage, user: User) -> None:
    rehearsal = marked(stage)
    address = f"/calendar/{token_of(make_feed(user))}.ics"
    status, text = text_of(Client(), address)
    assert (status, MARK in text) == (200, False)
    assert f"event/{rehearsal.event.pk}" not in text
    assert not ReportSchedule.objects.filter(venue=rehearsal.venue_id).exists()
    run_due(timezone.now())
