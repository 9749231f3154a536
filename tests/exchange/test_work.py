"""The worker imports all of a file or nothing, once, and says what became of it."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction

from accounts.models import User
from accounts.roles import Role
from allocations.models import Listing
from common.history import save_because
from events.models import Event, Pool, Series
from exchange import services
from exchange.enums import RunState
from exchange.errors import NotYoursError
from exchange.models import ImportRun
from exchange.progress import LOCK, only_worker
from exchange.reading import read_file
from exchange.tables import TABLES
from exchange.work import (
    BROKEN,
    BUSY,
    CHANGED_MEANWHILE,
    CHECK_CHANGES,
    FORBIDDEN_TO_CONFIRM,
    MAX_ATTEMPTS,
    work,
)
from tests.exchange.conftest import LOCAL, person
from tests.exchange.files import check, confirm, csv_bytes, problems, upload, xlsx_bytes
from tests.factories import Stage, make_venue
from tests.proofs import assert_reconciled, nothing_changed

pytestmark = pytest.mark.django_db


def nights(stage: Stage) -> bytes:
    return csv_bytes([{"venue": stage.event.venue.slug, "series": "Nights"}])


def two_pools(stage: Stage) -> bytes:
    """A new series and pool, and a capacity that shrinks by all that is free."""
    key = {"venue": stage.event.venue.slug, "event": "Gala", "starts_at": LOCAL}
    return xlsx_bytes(
        {
            "series": [{"venue": key["venue"], "series": "Nights"}],
            "pools": [
                {**key, "pool": "Balcony", "capacity": 30},
                {**key, "pool": "GA", "capacity": 60},
            ],
        }
    )


def test_what_changed_since_the_check_is_found_and_nothing_is_imported(
    stage: Stage, manager: User
) -> None:
    run = check(manager, two_pools(stage), "x.xlsx")
    assert run.state == RunState.READY
    stage.draw("agent")
    stage.sell([("Ticket", 1)], "agent")
    with nothing_changed():
        run = confirm(run)
    assert run.message == CHANGED_MEANWHILE
    [(row, column, message)] = problems(run)
    assert (row, column) == (3, "capacity")
    assert message.startswith("The capacity can shrink by 39,")
    assert not Series.objects.exists()
    assert Pool.objects.count() == 2


def test_what_a_service_refuses_in_the_middle_undoes_all(
    stage: Stage, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan finds nothing wrong; the ledger then says no to the last row."""
    run = check(manager, two_pools(stage), "x.xlsx")
    stage.draw("agent")
    stage.sell([("Ticket", 1)], "agent")
    monkeypatch.setattr(TABLES["pools"], "complete", _capacity_unchecked)
    with nothing_changed():
        run = confirm(run)
    [(row, column, message)] = problems(run)
    assert (row, column) == (3, "capacity")
    assert message.startswith("The capacity can shrink by 39, the free units of the open stock")
    assert not Series.objects.exists()
    assert Pool.objects.count() == 2


def _capacity_unchecked(planned: Any, references: Any) -> None:
    capacity = planned.values["capacity"]
    planned.ask("capacity", planned.target.capacity, capacity, capacity)


def test_a_permission_that_was_taken_away_counts_at_the_import(stage: Stage, manager: User) -> None:
    run = check(manager, nights(stage))
    manager.venues.clear()
    assert problems(confirm(run)) == [
        (2, "venue", f"There is no venue “{stage.event.venue.slug}”.")
    ]
    manager.is_active = False
    manager.save()
    with transaction.atomic():
        services.check_again(run_id=run.pk)
    work()
    run.refresh_from_db()
    assert run.state == RunState.REJECTED
    assert "may not import any more" in run.message
    assert not Series.objects.exists()


def reprice(stage: Stage, price: str) -> None:
    listing = stage.listing()
    listing.price = Decimal(price)
    save_because(listing, "by hand", fields=("price",))


def price_file(stage: Stage, price: str) -> bytes:
    key = {"venue": stage.event.venue.slug, "event": "Gala", "starts_at": LOCAL}
    return csv_bytes([{**key, "item": "Ticket", "channel": "web", "price": price}])


def test_what_would_do_something_else_than_was_confirmed_is_asked_again(
    stage: Stage, manager: User
) -> None:
    run = check(manager, price_file(stage, "120"))
    confirmed, checked_at = run.digest, run.checked_at
    assert [row[3] for row in run.changes] == [[["price", "10.00", "120.00"]]]
    reprice(stage, "80")
    with nothing_changed():
        run = confirm(run)
    assert (run.state, run.message) == (RunState.READY, CHECK_CHANGES)
    assert (run.reason, run.confirmed_by) == ("", None)
    assert [row[3] for row in run.changes] == [[["price", "80.00", "120.00"]]]
    assert run.digest != confirmed
    assert run.checked_at is not None
    assert checked_at is not None
    assert run.checked_at > checked_at
    run = confirm(run)
    assert (run.state, run.message, run.changed_rows) == (RunState.DONE, "", 1)
    assert stage.listing().price == Decimal("120.00")


def test_a_row_that_was_made_meanwhile_is_told_before_anything_is_imported(
    stage: Stage, manager: User
) -> None:
    run = check(manager, nights(stage))
    save_because(Series(venue=stage.event.venue, name="Nights"), "by hand")
    run = confirm(run)
    assert (run.state, run.message) == (RunState.READY, CHECK_CHANGES)
    assert (run.new_rows, run.unchanged_rows, run.changes) == (0, 1, [])
    run = confirm(run)
    assert (run.state, run.new_rows, run.unchanged_rows) == (RunState.DONE, 0, 1)


def test_a_clock_that_was_changed_meanwhile_makes_new_events_others(
    stage: Stage, manager: User
) -> None:
    venue = stage.event.venue
    run = check(
        manager, csv_bytes([{"venue": venue.slug, "event": "New", "starts_at": "2031-01-01 20:00"}])
    )
    venue.time_zone = "Europe/Berlin"
    save_because(venue, "moved", fields=("time_zone",))
    run = confirm(run)
    assert (run.state, run.message) == (RunState.READY, CHECK_CHANGES)
    assert not Event.objects.filter(name="New").exists()


def test_what_is_sold_meanwhile_is_no_other_change(stage: Stage, manager: User) -> None:
    run = check(manager, price_file(stage, "120"))
    stage.sell([("Ticket", 2)])
    assert confirm(run).state == RunState.DONE


def test_a_change_beyond_those_that_are_shown_counts_too(
    stage: Stage, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.dry_run.MAX_CHANGES", 0)
    run = check(manager, price_file(stage, "120"))
    assert run.changes == []
    reprice(stage, "80")
    assert confirm(run).state == RunState.READY
    assert stage.listing().price == Decimal("80.00")


# --- Who confirms ---------------------------------------------------------------------------


def test_the_history_names_who_confirmed(stage: Stage, manager: User, superuser: User) -> None:
    run = confirm(check(manager, nights(stage)), user=superuser)
    assert (run.state, run.confirmed_by) == (RunState.DONE, superuser)
    assert Series.history.get().history_user == superuser
    # The uploader's venues bound it all the same.
    other = make_venue()
    run = check(superuser, csv_bytes([{"venue": other.slug, "series": "A"}]))
    ImportRun.objects.filter(pk=run.pk).update(uploaded_by=manager)
    run.refresh_from_db()
    run = confirm(run, user=superuser)
    assert problems(run) == [(2, "venue", f"There is no venue “{other.slug}”.")]


def test_who_sees_other_venues_confirms_nobody_elses_file(
    stage: Stage, manager: User, superuser: User
) -> None:
    colleague = person(Role.VENUE_MANAGER, stage)
    for run in (check(manager, nights(stage)), check(superuser, nights(stage))):
        with pytest.raises(NotYoursError, match="let them import it"), transaction.atomic():
            services.confirm_import(run_id=run.pk, reason="r", user=colleague)
        run.refresh_from_db()
        assert (run.state, run.confirmed_by) == (RunState.READY, None)


@pytest.mark.parametrize("lost", ["is_superuser", "is_active"])
def test_what_the_one_who_confirmed_may_counts_at_the_import(
    lost: str, stage: Stage, manager: User, superuser: User
) -> None:
    run = check(manager, nights(stage))
    with transaction.atomic():
        services.confirm_import(run_id=run.pk, reason="r", user=superuser)
    User.objects.filter(pk=superuser.pk).update(**{lost: False})
    work()
    run.refresh_from_db()
    assert (run.state, run.message) == (RunState.REJECTED, FORBIDDEN_TO_CONFIRM)
    assert not Series.objects.exists()


def test_a_run_that_ends_with_its_worker_is_taken_up_and_then_given_up(
    stage: Stage, manager: User
) -> None:
    run = check(manager, nights(stage))
    with transaction.atomic():
        services.confirm_import(run_id=run.pk, reason="r", user=manager)
    ImportRun.objects.filter(pk=run.pk).update(state=RunState.IMPORTING, attempts=MAX_ATTEMPTS)
    assert work() == 1
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert run.message.startswith("The worker was stopped in the middle 3 times")
    assert not Series.objects.exists()
    with transaction.atomic():
        services.check_again(run_id=run.pk)
    work()
    run.refresh_from_db()
    assert confirm(run).state == RunState.DONE


def test_what_this_program_did_not_expect_is_told_and_undone(
    stage: Stage, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = check(manager, two_pools(stage), "x.xlsx")
    monkeypatch.setattr(TABLES["pools"], "apply", lambda *_args: 1 / 0)
    run = confirm(run)
    assert (run.state, run.message) == (RunState.FAILED, BROKEN)
    assert not Series.objects.exists()


def test_no_other_worker_works_at_the_same_time(stage: Stage, manager: User) -> None:
    run = upload(manager, nights(stage))
    with only_worker() as worker:
        assert worker is not None
        assert work() == 0
    run.refresh_from_db()
    assert run.state == RunState.WAITING
    assert work() == 1


def test_a_worker_that_was_overtaken_imports_nothing(
    stage: Stage, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = check(manager, nights(stage))
    apply = TABLES["series"].apply

    def overtaken(*args: Any) -> None:
        apply(*args)
        ImportRun.objects.filter(pk=run.pk).update(attempts=9)

    monkeypatch.setattr(TABLES["series"], "apply", overtaken)
    with transaction.atomic():
        services.confirm_import(run_id=run.pk, reason="r", user=manager)
    monkeypatch.setattr("exchange.work.MAX_STEPS", 1)
    work()
    assert not Series.objects.exists()
    run.refresh_from_db()
    assert run.state == RunState.IMPORTING


@pytest.mark.django_db(transaction=True)
def test_somebody_in_the_way_is_told_and_nothing_is_imported(
    stage: Stage, manager: User, settings: Any
) -> None:
    run = check(manager, two_pools(stage), "x.xlsx")
    other = connections.create_connection(DEFAULT_DB_ALIAS)
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT FROM events_event WHERE id = %s FOR UPDATE", [stage.event.pk])
        settings.LOCK_TIMEOUT_MS = 100
        run = confirm(run)
    finally:
        other.rollback()
        other.close()
    assert (run.state, run.message) == (RunState.FAILED, BUSY)
    assert not Series.objects.exists()
    assert_reconciled()


@pytest.mark.django_db(transaction=True)
def test_progress_is_seen_while_the_import_is_open(
    stage: Stage, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = check(manager, two_pools(stage), "x.xlsx")
    seen: list[tuple[int, int]] = []
    apply = TABLES["pools"].apply
    other = connections.create_connection(DEFAULT_DB_ALIAS)

    def watched(*args: Any) -> None:
        with other.cursor() as cursor:
            cursor.execute("SELECT done, total FROM exchange_importrun WHERE id = %s", [run.pk])
            seen.append(cursor.fetchone())
            cursor.execute("SELECT count(*) FROM events_series")
            assert cursor.fetchone() == (0,)
        apply(*args)

    monkeypatch.setattr(TABLES["pools"], "apply", watched)
    monkeypatch.setattr("exchange.progress.SECONDS_BETWEEN", 0)
    try:
        run = confirm(run)
    finally:
        other.close()
    # Planning first tells nothing; then row by row. GA has nothing to write but its capacity.
    assert seen[0] == (1, 3)
    assert (run.state, run.done, run.total) == (RunState.DONE, 3, 3)


def test_a_file_is_read_once_and_while_no_transaction_waits_for_it(
    stage: Stage, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = check(manager, two_pools(stage), "x.xlsx")
    depths = []

    def read(*args: Any) -> Any:
        depths.append(len(connection.savepoint_ids))
        return read_file(*args)

    monkeypatch.setattr("exchange.work.read_file", read)
    assert confirm(run).state == RunState.DONE
    assert depths == [len(connection.savepoint_ids)]


def test_the_lock_is_given_back(db: None) -> None:
    with only_worker():
        pass
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s",
            [LOCK[0]],
        )
        assert cursor.fetchone() == (0,)


def test_the_number_of_statements_of_a_dry_run_does_not_grow_with_the_rows(
    stage: Stage, manager: User, django_assert_max_num_queries: Any
) -> None:
    key = {"venue": stage.event.venue.slug, "event": "Gala", "starts_at": LOCAL}
    rows = [
        {**key, "item": item, "channel": channel, "price": 99}
        for item in ("Ticket", "Both")
        for channel in ("web", "agent")
    ]
    counts = []
    for given in (rows[:1], rows):
        upload(manager, xlsx_bytes({"listings": given}), "x.xlsx")
        with django_assert_max_num_queries(40) as found:
            work()
        counts.append(len(found))
    assert counts[0] == counts[1]
    assert Listing.objects.filter(price=99).count() == 0
