"""Units are taken out of sale and put back by dialogs; near the start another person approves it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from allocations.kills import services as kills
from allocations.models import Kill
from common.actor import SYSTEM
from events.models import Event, Pool
from tests.backoffice.addresses import page
from tests.backoffice.conftest import SignIn, person
from tests.backoffice.kit.test_previews import ask, rows
from tests.backoffice.test_actions import act, assert_done, assert_refused
from tests.factories import Counters, Stage
from tests.proofs import assert_reconciled, nothing_changed
from tests.transfers.statement.reading import read, told
from transfers.models import ChangeRequest
from transfers.statement.lines import Reader

pytestmark = pytest.mark.django_db


def take_out(stage: Stage, units: int = 5) -> Kill:
    with transaction.atomic():
        return kills.take_out(source=stage.row(), units=units, by=SYSTEM, reason="broken seats")


def test_units_are_taken_out_and_put_back_as_the_dialogs_have_said(
    manager: Client, stage: Stage, sign_in: SignIn
) -> None:
    pool, form = stage.pools["GA"], {"source": stage.row().pk, "units": 5}
    changes = rows(ask(manager, pool, "take_out", **form))
    assert changes == [("web, free", "100", "95"), ("Out of sale", "0", "5")]
    assert_done(act(manager, pool, "take_out", **form))
    kill = Kill.objects.get()
    assert (kill.reason, kill.user_id) == ("Because", int(manager.session["_auth_user_id"]))
    url = reverse("admin:allocations_kill_put_back", args=(kill.pk,))
    # From the event's tab, too; who may not put back is not led there.
    event = page(stage.event, "change")
    clerk = sign_in(person(Role.BOX_OFFICE, stage))
    links = [f'href="{url}"' in one.get(event).content.decode() for one in (manager, clerk)]
    assert links == [True, False]
    seen = {"opened_with": manager.get(url).context["form"].opened_with}
    assert ("Out of sale", "5", "3") in rows(ask(manager, kill, "put_back", units=2, **seen))
    assert_done(act(manager, kill, "put_back", units=2, **seen))
    with nothing_changed():
        assert_refused(act(manager, kill, "put_back", units=2, **seen), "was changed meanwhile")
    assert stage.counters() == Counters(97, 0, 0, 0)
    assert_reconciled()


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"units": 101}, "100 free units: 101 cannot be taken out of sale."),
        ({"units": 0}, "greater than or equal to 1"),
        ({"source": 0}, "Select a valid choice"),
        ({"reason": " "}, "This field is required."),
    ],
)
def test_what_cannot_be_taken_out_is_refused_in_the_dialog(
    manager: Client, stage: Stage, form: dict[str, Any], sentence: str
) -> None:
    values = {"source": stage.row().pk, "units": 1, **form}
    with nothing_changed():
        assert_refused(act(manager, stage.pools["GA"], "take_out", **values), sentence)


def test_pages_show_apart_what_is_out_of_sale(manager: Client, stage: Stage) -> None:
    take_out(stage)
    body = manager.get(page(stage.event, "change")).content.decode()
    assert "95 free · 5 out of sale" in body
    assert "broken seats" in body
    assert "5 out of sale" in manager.get(page(Event, "changelist")).content.decode()
    assert "5 out of sale" in manager.get(page(Pool, "changelist")).content.decode()
    board = manager.get(reverse("boxoffice:board", args=(stage.event.pk,))).content.decode()
    assert "Out of sale" in board
    assert '<span data-sum="capacity">95</span>' in board
    boards = manager.get(reverse("boxoffice:boards")).content.decode()
    assert "<b>95</b>" in boards


def test_the_statement_tells_the_channel_and_its_partner_why(stage: Stage) -> None:
    kill = take_out(stage)
    with transaction.atomic():
        kills.put_back(kill.pk, units=2, by=SYSTEM, reason="mended")
    for reader in (Reader.VENUE, Reader.PARTNER):
        statement = read(stage, reader=reader)
        assert told(statement)[-2:] == [("KILL", -5, 95), ("PUT_BACK", 2, 97)]
        assert statement.pools[0].lines[-2].text == "Taken out of sale"
        assert statement.pools[0].lines[-2].reason == "broken seats"


def test_near_the_start_it_waits_for_another_person(
    manager: Client, stage: Stage, sign_in: SignIn
) -> None:
    Event.objects.update(starts_at=timezone.now() + timedelta(hours=5))
    form = {"source": stage.row().pk, "units": 5}
    assert_done(act(manager, stage.pools["GA"], "take_out", **form))
    assert (stage.counters().quantity, Kill.objects.count()) == (100, 0)
    request = ChangeRequest.objects.get()
    assert request.takes.startswith("web would lose 5 of GA")
    other = sign_in(person(Role.VENUE_MANAGER, stage))
    assert_done(act(other, request, "approve", note="go on"))
    request.refresh_from_db()
    assert (request.status, request.failure) == ("EXECUTED", "")
    assert (stage.counters().quantity, Kill.objects.get().units) == (95, 5)
    # Putting it back takes nothing from anybody.
    with transaction.atomic():
        kills.put_back(Kill.objects.get().pk, units=5, by=SYSTEM, reason="mended")
    assert_reconciled()
