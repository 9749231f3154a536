"""Reports by e-mail: due on the venue's own clock, made once, sent to who may read them."""

import io
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connections
from openpyxl import load_workbook

from accounts.models import User
from accounts.roles import Role
from alerts import delivery
from alerts.enums import DeliveryStatus, Transport
from alerts.models import AlertTeam, Delivery, Endpoint, Mailing
from events.models import Venue
from planning.enums import Attached, Frequency, Period, ReportName
from planning.models import ReportRun, ReportSchedule
from planning.reports.catalog import REPORTS
from planning.schedules import services
from planning.schedules.timing import days_of, latest_due, next_due
from tests.alerts.conftest import use_mail_server
from tests.factories import make_stage, make_user, make_venue
from tests.proofs import execute, violates
from tests.receivers import MailReceiver

pytestmark = pytest.mark.django_db


def make_schedule(venue: Venue, **fields: Any) -> ReportSchedule:
    values = {
        "name": "Morning sales",
        "report": ReportName.SALES,
        "period": Period.YESTERDAY,
        "frequency": Frequency.DAILY,
        "at": time(6),
        "attached": Attached.XLSX,
    }
    return ReportSchedule.objects.create(venue=venue, **values | fields)


def make_reader(venue: Venue, role: Role = Role.FINANCE) -> User:
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name=role.value))
    user.venues.add(venue)
    return user


def due(schedule: ReportSchedule, at: datetime) -> ReportSchedule:
    ReportSchedule.objects.filter(pk=schedule.pk).update(next_at=at)
    schedule.refresh_from_db()
    return schedule


def local(moment: datetime, venue: Venue) -> str:
    return f"{moment.astimezone(venue.zone):%a %d.%m. %H:%M}"


def test_a_report_is_due_by_the_venues_clock_also_when_that_changes() -> None:
    venue = make_venue(time_zone="Europe/Berlin")
    daily = make_schedule(venue, at=time(2, 30))
    march = datetime(2026, 3, 28, 12, tzinfo=UTC)
    october = datetime(2026, 10, 24, 12, tzinfo=UTC)
    # The clocks skip 02:30 on 29 March, and show it twice on 25 October.
    for after, moments in (
        (march, ["Sun 29.03. 03:30", "Mon 30.03. 02:30"]),
        (october, ["Sun 25.10. 02:30", "Mon 26.10. 02:30"]),
    ):
        moment = after
        for expected in moments:
            moment = next_due(daily, moment)
            assert local(moment, venue) == expected
    weekly = make_schedule(
        venue, name="Weekly", frequency=Frequency.WEEKLY, weekday=0, at=time(0, 0)
    )
    assert local(next_due(weekly, march), venue) == "Mon 30.03. 00:00"
    assert local(next_due(weekly, next_due(weekly, march)), venue) == "Mon 06.04. 00:00"
    monthly = make_schedule(
        venue, name="Monthly", frequency=Frequency.MONTHLY, day_of_month=31, at=time(23, 59)
    )
    assert local(next_due(monthly, march), venue) == "Tue 31.03. 23:59"
    assert local(next_due(monthly, datetime(2026, 4, 1, tzinfo=UTC)), venue) == "Thu 30.04. 23:59"


def test_what_was_missed_is_due_once() -> None:
    daily = make_schedule(make_venue(time_zone="UTC"))
    first, now = datetime(2026, 11, 2, 6, tzinfo=UTC), datetime(2026, 11, 5, 5, tzinfo=UTC)
    assert latest_due(daily, first, now) == datetime(2026, 11, 4, 6, tzinfo=UTC)
    assert latest_due(daily, first, first) == first


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        (Period.YESTERDAY, date(2026, 2, 28), date(2026, 2, 28)),
        (Period.WEEK, date(2026, 2, 22), date(2026, 2, 28)),
        (Period.MONTH, date(2026, 2, 1), date(2026, 2, 28)),
        (Period.THIRTY, date(2026, 1, 30), date(2026, 2, 28)),
        (Period.COMING, date(2026, 3, 1), date(2026, 3, 31)),
    ],
)
def test_a_report_is_about_days_counted_from_the_one_on_which_it_is_due(
    period: Period, first: date, last: date
) -> None:
    assert days_of(period, date(2026, 3, 1)) == (first, last)


def test_a_schedule_names_every_report_there_is() -> None:
    assert set(ReportName.values) == set(REPORTS)


def test_a_due_report_is_mailed_with_its_table_and_its_file_to_who_may_read_it(
    settings: Any,
) -> None:
    stage = make_stage(price="12.50")
    venue = stage.event.venue
    stage.sell([("Ticket", 3)])
    now = datetime.now(UTC)
    reader, left = make_reader(venue), make_reader(venue)
    left.venues.clear()
    team = AlertTeam.objects.filter(venue=venue).first()
    shared = Endpoint.objects.create(
        team=team, transport=Transport.EMAIL, address="box@example.com"
    )
    schedule = make_schedule(venue, period=Period.COMING)
    schedule.people.add(reader, left)
    schedule.endpoints.add(shared)
    due(schedule, now - timedelta(minutes=1))
    assert (services.run_due(now), services.run_due(now)) == (1, 0)
    [run] = ReportRun.objects.all()
    assert (run.messages, run.note) == (2, "1 person may not read it any more.")
    schedule.refresh_from_db()
    assert schedule.next_at == next_due(schedule, now)
    with MailReceiver() as receiver:
        use_mail_server(settings, receiver)
        while claimed := delivery.claim(datetime.now(UTC)):
            delivery.deliver(claimed)
    assert {mail.recipients[0] for mail in receiver.mails} == {reader.email, "box@example.com"}
    mail = receiver.mails[0]
    for kind in ("text/plain", "text/html"):
        assert "37.50" in mail.part(kind)
        assert f"/admin/reports/sales/?venue={venue.pk}" in mail.part(kind)
    [file] = list(mail.message.iter_attachments())
    sheet = load_workbook(io.BytesIO(file.get_content())).active
    assert sheet is not None
    assert [cell.value for cell in list(sheet.iter_rows())[1]][1:] == [3, 37.5, "INR"]


def test_who_loses_the_right_before_it_is_sent_gets_none() -> None:
    stage = make_stage()
    now = datetime.now(UTC)
    reader = make_reader(stage.event.venue)
    schedule = make_schedule(stage.event.venue)
    schedule.people.add(reader)
    due(schedule, now)
    services.run_due(now)
    reader.groups.clear()
    claimed = delivery.claim(datetime.now(UTC))
    assert claimed is not None
    assert claimed.deliveries == []
    assert Delivery.objects.get().status == DeliveryStatus.SKIPPED


def test_a_report_that_fails_is_tried_again_and_then_said_to_have_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = datetime.now(UTC)
    schedule = due(make_schedule(make_venue()), now)

    def fail(*_: object) -> None:
        raise ValueError

    monkeypatch.setattr(services, "_mailing", fail)
    for tries in (1, 2):
        assert (services.run_due(now), services.run_due(now)) == (1, 0)
        schedule.refresh_from_db()
        assert (schedule.tries, ReportRun.objects.count()) == (tries, 0)
        now += services.TRY_AGAIN
    services.run_due(now)
    schedule.refresh_from_db()
    assert ReportRun.objects.get().note == "It could not be made (ValueError)."
    assert (schedule.tries, schedule.next_at) == (0, next_due(schedule, now))
    assert not Mailing.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_several_workers_make_a_due_report_once() -> None:
    now = datetime.now(UTC)
    venue = make_venue()
    for number in range(3):
        due(make_schedule(venue, name=f"Report {number}"), now)
    barrier = Barrier(4)

    def work() -> None:
        barrier.wait()
        services.run_due(now)
        connections.close_all()

    workers = [Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert ReportRun.objects.count() == Mailing.objects.count() == 3


@pytest.mark.parametrize(
    ("change", "guard"),
    [
        ("frequency = 'WEEKLY'", "report_schedule_has_its_day"),
        ("name = 'OTHER'", "report_schedule_name_once"),
        ("name = ' '", "report_schedule_name_normalized"),
    ],
)
def test_the_database_keeps_schedules_whole(change: str, guard: str) -> None:
    venue = make_venue()
    make_schedule(venue, name="Other")
    schedule = make_schedule(venue)
    with violates(guard):
        execute(f"UPDATE planning_reportschedule SET {change} WHERE id = %s", schedule.pk)  # noqa: S608


def test_the_database_keeps_runs_once() -> None:
    run = ReportRun.objects.create(schedule=make_schedule(make_venue()), due_at=datetime.now(UTC))
    with violates("report_run_once"):
        execute(
            "INSERT INTO planning_reportrun (schedule_id, due_at, messages, note)"
            " SELECT schedule_id, due_at, 0, '' FROM planning_reportrun WHERE id = %s",
            run.pk,
        )
