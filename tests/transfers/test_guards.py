"""What the database itself refuses of transfers, whoever asks and however."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from common.actor import Actor
from events.models import Venue
from tests.factories import Stage, make_event, make_stage, make_user, make_venue
from tests.kept import kept
from tests.proofs import execute, violates
from transfers import services
from transfers.enums import TRANSITIONS, Origin, TransferStatus
from transfers.models import (
    Transfer,
    TransferNotice,
    TransferPolicy,
    TransferRule,
    TransferStep,
)
from transfers.services import Partner, Wish

pytestmark = pytest.mark.django_db

NOW = "now()"


def stage(hours: int = 47) -> Stage:
    return make_stage(
        channels=("web", "hotel"),
        give={("GA", "web"): 60, ("GA", "hotel"): 40},
        starts_at=timezone.now() + timedelta(hours=hours),
    )


@kept
def found() -> Stage:
    return stage()


@kept
def waiting(found: Stage) -> Transfer:
    """It waits, since the event starts in 47 hours."""
    wish = Wish(found.row(channel="hotel").pk, found.row().pk, 10, "Slow")
    return services.request(wish, by=Actor.person(make_user()), now=timezone.now())


def change(transfer: Transfer, assignments: str) -> None:
    execute(f"UPDATE transfers_transfer SET {assignments} WHERE id = %s", transfer.pk)  # noqa: S608 - our own words


DONE = "status = 'EXECUTED', moved = 10, ended_at = now()"


def test_nothing_is_executed_without_the_approval_that_it_needs(waiting: Transfer) -> None:
    with violates("transfer_executed_with_approval"):
        change(waiting, DONE)
    with violates("transfer_record_stays"):
        # Nor by saying that none is needed: that is the database's to say.
        change(waiting, f"needs = '{{}}', {DONE}")


def test_what_needed_none_when_it_was_asked_for_may_need_one_when_it_is_executed() -> None:
    found = stage(hours=72)
    row, target = found.row(channel="hotel"), found.row()
    early = Transfer.objects.create(
        event=found.event,
        pool=found.pools["GA"],
        source=row,
        target=target,
        units=10,
        origin=Origin.PERSON,
        reason="Slow",
        requested_at=timezone.now(),
        lapses_at=timezone.now(),
    )
    found.event.starts_at = timezone.now() + timedelta(hours=47)
    found.event.save()
    with violates("transfer_executed_with_approval"):
        change(early, DONE)


def test_the_asker_is_not_the_approver(waiting: Transfer) -> None:
    with violates("transfer_seen_by_four_eyes"):
        change(waiting, "status = 'APPROVED', decided_at = now(), decided_by_id = requested_by_id")


def test_nothing_is_taken_from_a_protected_channel(found: Stage, waiting: Transfer) -> None:
    policy = TransferPolicy.objects.get(venue=found.event.venue)
    policy.protected.add(found.channels["hotel"])
    with violates("transfer_never_from_protected"):
        change(waiting, f"decided_at = now(), decided_by_id = {make_user().pk}, {DONE}")


@pytest.mark.parametrize(
    ("assignments", "constraint"),
    [
        ("units = 11", "transfer_keeps_its_request"),
        ("reason = 'Another'", "transfer_keeps_its_request"),
        ("status = 'REJECTED'", "transfer_times_fit_status"),
        ("ended_at = now()", "transfer_times_fit_status"),
        ("status = 'CANCELLED', moved = 10, ended_at = now()", "transfer_moved_what_was_asked"),
        ("status = 'FAILED', ended_at = now()", "transfer_failure_says_why"),
        ("failure = 'No'", "transfer_failure_says_why"),
        ("status = 'LAPSED', ended_at = now(), decided_at = now()", "transfer_decided_by_somebody"),
    ],
)
def test_a_transfer_is_whole(waiting: Transfer, assignments: str, constraint: str) -> None:
    with violates(constraint):
        change(waiting, assignments)


@pytest.mark.parametrize("moved", ["9", "11", "0", "NULL"])
def test_what_moved_is_what_was_asked_for(moved: str) -> None:
    found = stage(hours=72)
    wish = Wish(found.row(channel="hotel").pk, found.row().pk, 10, "Slow")
    services.request(wish, by=Actor(), now=timezone.now())
    values: dict[str, Any] = dict(Transfer.objects.values().get())
    for name in ("id", "uuid", "moved", "outcome", "ended_at"):
        values.pop(name)
    again = Transfer.objects.create(**values | {"status": TransferStatus.REQUESTED})
    with violates("transfer_moved_what_was_asked"):
        change(again, f"status = 'EXECUTED', moved = {moved}, ended_at = now()")


def test_every_status_moves_only_as_the_table_says(waiting: Transfer) -> None:
    """The trigger and ``TRANSITIONS`` are the same table, pair by pair."""
    person = make_user().pk
    execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks to come cannot be altered
    for start in TransferStatus:
        for end in TransferStatus:
            if start in {end, TransferStatus.TRIAL}:
                continue
            lawful = end in TRANSITIONS[start]
            execute("SAVEPOINT pair")
            # To begin where no lawful way may lead.
            execute("ALTER TABLE transfers_transfer DISABLE TRIGGER transfers_transfer_moves")
            change(waiting, _becomes(start, person))
            execute("ALTER TABLE transfers_transfer ENABLE TRIGGER transfers_transfer_moves")
            if lawful:
                change(waiting, _becomes(end, person))
            else:
                with violates("transfers_transfer_status_moves"):
                    change(waiting, _becomes(end, person))
            execute("ROLLBACK TO SAVEPOINT pair")


def _becomes(status: TransferStatus, person: int) -> str:
    open_still = status in (TransferStatus.REQUESTED, TransferStatus.APPROVED)
    decided = status != TransferStatus.REQUESTED
    return ", ".join(
        (
            f"status = '{status}'",
            f"ended_at = {'NULL' if open_still else NOW}",
            f"decided_at = {NOW if decided else 'NULL'}",
            f"decided_by_id = {person if decided else 'NULL'}",
            f"moved = {10 if status == TransferStatus.EXECUTED else 'NULL'}",
            f"failure = '{'No' if status == TransferStatus.FAILED else ''}'",
        )
    )


def make(found: Stage, **values: Any) -> Transfer:
    terms: dict[str, Any] = {
        "event": found.event,
        "pool": found.pools["GA"],
        "source": found.row(channel="hotel"),
        "target": found.row(),
        "units": 10,
        "origin": Origin.PERSON,
        "reason": "Slow",
        "requested_at": timezone.now(),
        "lapses_at": timezone.now(),
    }
    return Transfer.objects.create(**terms | values)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"units": 0}, "transfer_moves_something"),
        ({"reason": ""}, "transfer_has_a_reason"),
        ({"origin": Origin.PARTNER}, "transfer_partner_is_named"),
        ({"status": TransferStatus.APPROVED}, "transfer_begins_as_a_request"),
        ({"status": TransferStatus.TRIAL}, "transfer_times_fit_status"),
    ],
)
def test_a_request_is_whole(found: Stage, values: dict[str, Any], constraint: str) -> None:
    with violates(constraint):
        make(found, **values)


def test_units_move_within_a_pool(found: Stage) -> None:
    other = make_stage(channels=("web", "hotel"))
    with violates("transfer_within_a_pool"):
        make(found, target=other.row())
    with violates("transfer_within_a_pool"):
        make(found, event=other.event)
    with violates("transfer_within_a_pool"):
        make(found, target=found.row(channel="hotel"))
    execute("ALTER TABLE transfers_transfer DISABLE TRIGGER transfers_transfer_asked")
    with violates("transfer_between_two"):
        make(found, target=found.row(channel="hotel"))


def test_a_rule_asks_once_at_a_time(found: Stage) -> None:
    make(found, origin=Origin.RULE)
    with violates("transfer_asked_once_automatically"):
        make(found, origin=Origin.DYNAMIC)
    make(found, origin=Origin.PERSON)


def test_records_stay(waiting: Transfer) -> None:
    with violates("transfer_stays"):
        execute("DELETE FROM transfers_transfer WHERE id = %s", waiting.pk)
    with violates("transferstep_append_only"):
        execute("DELETE FROM transfers_transferstep WHERE transfer_id = %s", waiting.pk)
    with violates("transferstep_append_only"):
        TransferStep.objects.update(note="Another")


def test_what_became_of_a_transfer_is_not_written_anew(waiting: Transfer) -> None:
    services.approve([waiting.pk], by=make_user(), note="Yes", now=timezone.now())
    for assignments in ("note = 'No'", "moved = 9", "needs = '{}'", "decided_by_id = NULL"):
        with violates("transfer_record_stays"):
            change(waiting, assignments)
    waiting.rule = None
    waiting.save(update_fields=("rule",))  # as when its rule is deleted


def test_without_a_policy_nothing_is_asked_or_executed(found: Stage, waiting: Transfer) -> None:
    execute("SET CONSTRAINTS ALL IMMEDIATE")  # the venue has begun with one
    TransferPolicy.objects.all().delete()
    with violates("transfer_has_a_policy"):
        make(found)
    with violates("transfer_has_a_policy"):
        change(waiting, DONE)


def test_stock_that_a_transfer_names_stays() -> None:
    found = make_stage(channels=("web", "hotel"), give={("GA", "web"): 60})
    empty = found.row(channel="hotel")
    wish = Wish(found.open_row().pk, empty.pk, 10, "More")
    services.request(
        wish, by=Actor(api_key_id=7), now=timezone.now(), partner=Partner(found.channels["hotel"])
    )
    with violates("transferred_stock_stays"):
        execute("DELETE FROM allocations_stock WHERE id = %s", empty.pk)


def test_a_step_and_its_news_are_written_once(waiting: Transfer) -> None:
    step = waiting.steps.get()
    with violates("transferstep_once"):
        TransferStep.objects.create(transfer=waiting, status=step.status, at=timezone.now())
    notice = step.notices.get()
    with violates("transfernotice_once"):
        TransferNotice.objects.create(step=step, audience=notice.audience)


# --- Policies and rules ---------------------------------------------------------------------


def test_every_venue_has_a_policy_from_the_beginning() -> None:
    policy = TransferPolicy.objects.get(venue=make_venue())
    assert (policy.approval_hours, policy.approval_above) == (48, None)
    assert (policy.lapse_hours, policy.four_eyes) == (24, True)


def test_a_policy_is_of_a_venue_or_of_an_event(found: Stage) -> None:
    with violates("transferpolicy_of_venue_or_event"):
        TransferPolicy.objects.create()
    with violates("transferpolicy_of_venue_or_event"):
        TransferPolicy.objects.filter(venue=found.event.venue).update(event=found.event)
    with violates("transferpolicy_hours_in_range"):
        TransferPolicy.objects.update(lapse_hours=0)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"name": "Rule"}, "transferrule_name_once"),
        ({"source_below": 101, "target_at_least": 102}, "transferrule_percents"),
        ({"source_below": 50, "target_at_least": 50}, "transferrule_source_below_target"),
        ({"amount": "UNITS"}, "transferrule_amount_has_its_value"),
        ({"amount": "PERCENT", "value": 101}, "transferrule_amount_has_its_value"),
        ({"amount": "EQUALIZE", "value": 5}, "transferrule_amount_has_its_value"),
        ({"starts_hours": 5, "stops_hours": 5}, "transferrule_window_in_order"),
    ],
)
def test_a_rule_is_whole(found: Stage, values: dict[str, Any], constraint: str) -> None:
    venue = found.event.venue
    TransferRule.objects.create(venue=venue, name="Rule")
    with violates(constraint):
        TransferRule.objects.create(**{"venue": venue, "name": "Other"} | values)


def test_a_rules_event_is_one_of_its_venue_and_changes_make_versions(found: Stage) -> None:
    rule = TransferRule.objects.create(venue=found.event.venue, name="Rule", event=found.event)
    with violates("transferrule_within_venue"):
        TransferRule.objects.filter(pk=rule.pk).update(event=make_event())
    rule.keeps = 5
    rule.save()
    rule.refresh_from_db()
    assert rule.version == 2


def test_a_venue_cannot_begin_without_a_policy() -> None:
    with violates("venue_begins_with_a_policy"):
        execute("ALTER TABLE events_venue DISABLE TRIGGER alerts_venue_is_watched")
        Venue.objects.create(name="Bare", slug="bare")
    assert not Venue.objects.exists()
