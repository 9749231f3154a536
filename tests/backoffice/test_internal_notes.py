"""Who moves units says why to partners, and beside it what only the venue reads."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from alerts.enums import Transport
from alerts.letters import write_letters
from alerts.messages import compose
from alerts.messages.content import RELATED
from alerts.models import Delivery, Endpoint
from alerts.notify import tell_partners
from allocations.models import AllocationPlan, Movement
from allocations.plans.services import save_draft
from allocations.plans.spec import PlanSpec
from backoffice.plans.words import letter_url
from backoffice.transfers.statement import statement_url
from events.enums import EventStatus
from events.models import Event
from tests.alerts.rendering import rendered
from tests.allocations.plans.specs import line
from tests.backoffice.addresses import page
from tests.backoffice.conftest import SignIn, back_to_draft, person
from tests.backoffice.kit.test_dialog_state import address
from tests.backoffice.test_actions import HTMX, act, assert_done
from tests.factories import Stage
from tests.partners.conftest import Api, key_for
from transfers.models import ChangeRequest, Transfer, TransferPolicy, TransferStep

pytestmark = pytest.mark.django_db

REASON, NOTE = "Told to partners", "Zanzibar pays late"
SAID = {"reason": REASON, "internal_note": NOTE}


def moved_by_every_door(stage: Stage, first: Client, second: Client) -> None:
    """Allocated, moved, set to draw and planned before sales; then transferred, approved, rejected."""
    pool, agent, web = stage.pools["GA"], stage.row(channel="agent"), stage.row()
    back_to_draft(stage)
    assert_done(act(first, pool, "move", source=web.pk, target=agent.pk, units=20, **SAID))
    assert_done(
        act(first, pool, "move", source=web.pk, target=stage.open_row().pk, units=9, **SAID)
    )
    channel = stage.channels["agent"].pk
    assert_done(act(first, pool, "allocate", channel=channel, units=1, **SAID))
    assert_done(act(first, agent, "set_drawing", draws_on=stage.open_row().pk, ceiling=90, **SAID))
    plan(first, stage, agent=40, web=50)
    Event.objects.update(status=EventStatus.ON_SALE, starts_at=timezone.now() + timedelta(hours=40))
    TransferPolicy.objects.update(approval_hours=24)
    transfer(first, stage)
    TransferPolicy.objects.update(approval_hours=48)
    for decide in ("approve", "reject"):
        asked = transfer(first, stage)
        assert NOTE in second.get(address(asked, decide)).content.decode()
        assert_done(act(second, asked, decide, **SAID))
    plan(first, stage, agent=30, web=60)
    assert_done(act(second, ChangeRequest.objects.get(), "approve", reason="Fine"))


def plan(client: Client, stage: Stage, **units: int) -> None:
    with transaction.atomic():
        spec = PlanSpec([line(stage, channel, number) for channel, number in units.items()])
        draft = save_draft(pool=stage.pools["GA"], spec=spec)
    act(client, stage.pools["GA"], "apply_plan", revision=draft.revision, **SAID)


def transfer(client: Client, stage: Stage) -> Transfer:
    rows = {"source": stage.row(channel="agent").pk, "target": stage.row().pk}
    address = reverse("admin:transfers_transfer_ask", args=(stage.pools["GA"].pk,))
    client.post(address, {**rows, "units": 2, **SAID}, headers=HTMX)
    return Transfer.objects.latest("pk")


def read_by_partners(stage: Stage, client: Client) -> dict[str, str]:
    """Every page, file, answer and message that the agent is given, by its name."""
    now, channel = timezone.now(), stage.channels["agent"]
    Endpoint.objects.create(
        channel=channel, transport=Transport.EMAIL, address="desk@agent.example"
    )
    write_letters(now)
    tell_partners(now)
    messages = [
        rendered(compose([one], now))
        for one in Delivery.objects.select_related(*RELATED).order_by("pk")
    ]
    api, event = Api(key_for(channel)), stage.event.pk
    statement = statement_url(stage.event, channel) + "?for=partner"
    pages = (statement, f"{statement}&format=csv", letter_url(stage.event, channel))
    answers = (
        *("/events/", f"/events/{event}/", f"/events/{event}/availability/"),
        *(f"/allocation/?event={event}", f"/allocation/statement/?event={event}"),
        *("/transfers/", "/alerts/", "/bookings/"),
        *(f"/transfers/{one.uuid}/" for one in Transfer.objects.all()),
    )
    found = {one: client.get(one).content.decode() for one in pages}
    found |= {one: api.get(one).content.decode() for one in answers}
    return found | {
        f"message {one.subject}": f"{one.text} {one.html} {one.data}" for one in messages
    }


def test_an_internal_note_is_kept_for_the_venue_and_never_given_to_partners(
    stage: Stage, sign_in: SignIn
) -> None:
    first, second = (sign_in(person(Role.VENUE_MANAGER, stage)) for _ in range(2))
    moved_by_every_door(stage, first, second)

    found = read_by_partners(stage, first)
    for place, text in found.items():
        assert "Zanzibar" not in text, place
    with_reason = [place for place, text in found.items() if REASON in text]
    for door in ("?for=partner", "format=csv", "/allocation/statement/", "/transfers/", "message"):
        assert any(door in place for place in with_reason), door

    by_people = Movement.objects.filter(user__isnull=False)
    assert set(by_people.values_list("internal_note", flat=True)) == {NOTE}
    assert {"MOVE", "TERMS", "PLAN"} <= set(by_people.values_list("kind", flat=True))
    steps = TransferStep.objects.exclude(internal_note="").order_by("pk")
    assert list(steps.values_list("status", flat=True)) == [
        *("REQUESTED", "REQUESTED", "APPROVED", "REQUESTED", "REJECTED"),
    ]
    applied = AllocationPlan.objects.filter(internal_note=NOTE).latest("version")
    assert applied.version == 2
    timeline = reverse("admin:events_event_timeline", args=(stage.event.pk,))
    version = reverse("admin:events_pool_plan_version", args=(applied.pool_id, 2))
    for seen in (
        *(timeline, f"{timeline}?format=csv", version),
        *(page(Transfer.objects.latest("pk"), "change"), "/admin/allocations/movement/"),
        *(
            page(Movement.objects.latest("pk"), "change"),
            page(ChangeRequest.objects.get(), "change"),
        ),
    ):
        assert NOTE in first.get(seen).content.decode(), seen
