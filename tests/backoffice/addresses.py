"""Addresses of the admin, and every object of an event that has a page there."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import time, timedelta

from django.contrib.admin import site
from django.db import transaction
from django.db.models import Model
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.roles import Role
from alerts.models import AlertRule, AlertTeam, Endpoint
from alerts.services import send_test
from allocations.enums import Connectivity
from allocations.kills.services import take_out
from allocations.models import Kill, Movement
from common.actor import SYSTEM
from events.models import Series
from exchange.sales_files.reading import read_file
from offline.models import Conflict, Sync
from partners.services import issue_key
from planning.enums import ReportName
from planning.models import ReportSchedule
from sales.models import Booking, NamedHold
from tests.alerts.making import make_alert
from tests.factories import Stage, make_stage, make_user
from tests.offline.selling import report, sale, take_lease
from tests.sales.holding import make_hidden, make_hold
from transfers.enums import ChangeKind, Need, Origin
from transfers.models import ChangeRequest, Transfer, TransferPolicy, TransferRule

# A sales file with one line that cannot be read.
SALES = b"event,date,item,quantity,price,reference,time\n?,,?,1,,A,"


def page(target: Model | type[Model], verb: str) -> str:
    """The address of a list, or of an object's page."""
    opts = target._meta
    args = (target.pk,) if isinstance(target, Model) else ()
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{verb}", args=args)


def objects_of(stage: Stage) -> list[Model]:
    """One of each model that has pages, with a booking among them."""
    booking = Booking.objects.get(pk=stage.hold())
    key = issue_key(
        channel=stage.channels["web"], name="shop", scopes=["read"], by=SYSTEM, reason="test"
    ).key
    transfer = waiting_transfer(stage)
    rule = TransferRule.objects.create(venue=stage.event.venue, name=f"Rule {stage.event.pk}")
    series = Series.objects.create(venue=stage.event.venue, name=f"Series {stage.event.pk}")
    return [
        stage.event.venue,
        series,
        stage.event,
        stage.pools["GA"],
        stage.items["Ticket"],
        stage.channels["web"],
        stage.listing(),
        stage.row(),
        Movement.objects.filter(stock=stage.row()).latest("pk"),
        booking,
        key,
        transfer,
        TransferPolicy.objects.get(venue=stage.event.venue),
        rule,
        waiting_change(stage),
        *late_sales(stage),
        named_hold(stage),  # after the lease: it is a block, too
        taken_out(stage),
        *alert_setup(stage),
        make_alert(stage),
        report_schedule(stage),
    ]


def report_schedule(stage: Stage) -> ReportSchedule:
    return ReportSchedule.objects.create(
        venue=stage.event.venue,
        name=f"Report {stage.event.pk}",
        report=ReportName.SALES,
        at=time(8),
    )


def named_hold(stage: Stage) -> NamedHold:
    """Of a hidden channel, and of an event of its own: who looks at this one finds no more channels than before."""
    name = f"hidden {stage.event.pk}"
    return make_hold(make_hidden(5, name, venue=stage.event.venue), channel=name)


def taken_out(stage: Stage) -> Kill:
    """A unit that is out of sale, of the open stock of an event of its own: it is taken from no channel."""
    name = f"out {stage.event.pk}"
    own = make_stage(venue=stage.event.venue, channels=(name,), pools={"GA": 2}, give={})
    with transaction.atomic():
        return take_out(source=own.open_row(), units=1, by=SYSTEM, reason="test")


def alert_setup(stage: Stage) -> list[Model]:
    """A rule and a team that the venue has from the first, an address, and a message to it."""
    venue = stage.event.venue
    team = AlertTeam.objects.get(venue=venue, role=Role.BOX_OFFICE.value)
    endpoint = Endpoint.objects.create(
        team=team, transport="EMAIL", address="desk@example.com", name=f"Desk {stage.event.pk}"
    )
    test = send_test(endpoint, by=SYSTEM, now=timezone.now())
    return [AlertRule.objects.filter(venue=venue).earliest("pk"), team, endpoint, test]


def late_sales(stage: Stage) -> list[Model]:
    """A lease of a kiosk, the sync that sold from it, and what of that has no stock."""
    channel = stage.channels["web"]
    channel.connectivity = Connectivity.OFFLINE
    channel.save()
    lease = take_lease(stage, [("Ticket", 2)])
    number = Sync.objects.count()
    report(stage, [sale(stage, f"S{number}"), sale(stage, f"C{number}", 9_999)], lease=lease)
    conflict = Conflict.objects.get(channel=channel, report__client_id=f"C{number}")
    file = read_file(channel=channel, name=f"{channel.pk}.csv", content=SALES, by=SYSTEM)
    return [lease, conflict.report.sync, conflict, file]


def waiting_change(stage: Stage) -> ChangeRequest:
    """Another limit for the website's listing. It waits."""
    now = timezone.now()
    listing = stage.listing()
    return ChangeRequest.objects.create(
        event=stage.event,
        kind=ChangeKind.LIMIT,
        subject=str(listing),
        content={"listing": listing.pk, "limit": 5},
        takes="web could sell less",
        reason="test",
        needs=[Need.NEAR_START],
        requested_at=now,
        requested_by=make_user(),
        lapses_at=now + timedelta(hours=24),
    )


def waiting_transfer(stage: Stage, *, back: bool = False) -> Transfer:
    """From the website to the open stock, or back. It waits, and moves nothing."""
    now = timezone.now()
    rows = (stage.row(), stage.open_row())
    source, target = rows[::-1] if back else rows
    return Transfer.objects.create(
        event=stage.event,
        pool=stage.pools["GA"],
        source=source,
        target=target,
        units=1,
        origin=Origin.PERSON,
        reason="test",
        requested_at=now,
        lapses_at=now + timedelta(hours=24),
    )


def transfer_pages(stage: Stage) -> list[str]:
    """What of transfers is no object's own page."""
    event, pool = stage.event.pk, stage.pools["GA"].pk
    return [
        "/admin/transfers/transfer/?decision=waiting",
        f"/admin/transfers/transfer/ask/{pool}/",
        f"/admin/transfers/transfer/approval/{event}/",
        f"/admin/transfers/transfer/approval/{event}/sign/?digest=x",
        f"/admin/transfers/transferpolicy/add/?event={event}",
        f"/admin/transfers/transferrule/add/?event={event}",
        f"/admin/events/event/{event}/change/#dataset-transfers",
    ]


def every_page(objects: Iterable[Model]) -> list[str]:
    """The lists, the pages to add, and of each object every page and dialog that the registry has."""
    found = [reverse("admin:index"), "/board/", "/admin/search/?s=window"]
    for one in objects:
        names = {url.name for url in site.get_model_admin(type(one)).get_urls() if url.name}
        for name in sorted(names):
            for numbers in ((), (one.pk,)):
                with suppress(NoReverseMatch):
                    found.append(reverse(f"admin:{name}", args=numbers))
    return list(dict.fromkeys(found))
