"""Two people who press at the same moment have been shown the same: one of them is told what is so now."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Thread
from typing import Any

import pytest
from django.test import Client

from accounts.roles import Role
from backoffice.events.dates import KEEP
from backoffice.kit.dialog_state import RestsOnWhatItShowed
from sales.models import Booking
from tests.backoffice.conftest import back_to_draft, person
from tests.backoffice.kit.test_dialog_state import address, opened
from tests.concurrency.race import Outcome, locked, race, wait_until, waiting_for_locks
from tests.factories import Stage, make_stage
from tests.proofs import assert_reconciled

EVENT = "SELECT id FROM events_event FOR NO KEY UPDATE"
BOOKING = "SELECT id FROM sales_booking FOR UPDATE"
# What is behind the lock → whom the dialog is about, what it does, and what the two want.
DIALOGS: dict[str, tuple[str, Callable[[Stage], Any], dict[str, Any], dict[str, Any]]] = {
    "set_capacity": (EVENT, lambda stage: stage.pools["GA"], {"capacity": 120}, {"capacity": 130}),
    "set_limit": (EVENT, lambda stage: stage.items["Ticket"], {"limit": 20}, {"limit": 30}),
    "set_limit of a listing": (EVENT, lambda stage: stage.listing(), {"limit": 20}, {"limit": 30}),
    "set_drawing": (EVENT, lambda stage: stage.row(), {"ceiling": 200}, {"ceiling": 300}),
    "postpone": (EVENT, lambda stage: stage.event, {"days": 1}, {"days": 2}),
    "refund": (BOOKING, lambda _stage: Booking.objects.get(), {"line_1": 1}, {"line_1": 2}),
}


def pressed_at_once(action: str) -> list[Outcome[str]]:
    """Both requests have compared what they showed, and wait, when the first may go on."""
    stage = make_stage()
    stage.sell([("Ticket", 5)])
    back_to_draft(stage)
    lock, subject_of, *wanted = DIALOGS[action]
    subject = subject_of(stage)
    url = address(subject, action.partition(" ")[0])
    jobs: list[Callable[[], str]] = []
    for values in wanted:
        client = Client()
        client.force_login(person(Role.VENUE_MANAGER, stage))
        form = opened(client, url) | _filled(stage, values)
        jobs.append(partial(press, client, url, form))
    with locked(lock):
        waiting = race_behind(jobs)
        wait_until(lambda: waiting_for_locks() == len(jobs))
    return waiting()


def press(client: Client, url: str, form: dict[str, Any]) -> str:
    return str(client.post(url, form).content.decode())


def race_behind(jobs: list[Callable[[], str]]) -> Callable[[], list[Outcome[str]]]:
    """Begin a race, and give what returns its outcomes when it has ended."""
    outcomes: list[Outcome[str]] = []
    thread = Thread(target=lambda: outcomes.extend(race(jobs)), daemon=True)
    thread.start()

    def ended() -> list[Outcome[str]]:
        thread.join()
        return outcomes

    return ended


def _filled(stage: Stage, values: dict[str, Any]) -> dict[str, Any]:
    if "days" not in values:
        return values
    later = stage.event.starts_at + timedelta(days=values["days"])
    return {"starts_at": f"{later:%Y-%m-%dT%H:%M}", "windows": KEEP}


def refused(outcomes: list[Outcome[str]]) -> list[bool]:
    assert [one.error for one in outcomes] == [None, None]
    return sorted("was changed meanwhile: it is " in (one.value or "") for one in outcomes)


@pytest.mark.parametrize("action", DIALOGS)
def test_of_two_who_press_at_the_same_moment_one_is_told_what_is_so_now(action: str) -> None:
    assert refused(pressed_at_once(action)) == [False, True]
    assert_reconciled()


def test_without_the_comparison_under_the_lock_both_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: what is compared before the lock is waited for does not see the other."""
    monkeypatch.setattr(RestsOnWhatItShowed, "as_shown", lambda _form, _now: None)
    assert refused(pressed_at_once("set_capacity")) == [False, False]
