"""Plans are drafted, read and applied by those who may, as they were shown and for a reason."""

from typing import Any

import pytest
from django.test import Client

from accounts.roles import Role
from allocations.enums import Draws, MovementKind
from allocations.models import AllocationPlan, Movement
from allocations.plans.selectors import draft_of, plan_in_force
from tests.allocations.plans import specs
from tests.backoffice.conftest import SignIn, person
from tests.backoffice.plans.plan_form import editor, form, guide, line, said, save, text
from tests.backoffice.test_actions import HTMX
from tests.factories import Counters, Stage, make_stage
from tests.kept import kept
from tests.offline.selling import unreported
from tests.proofs import assert_reconciled, nothing_changed

pytestmark = pytest.mark.django_db


@kept
def stage(db: None) -> Stage:
    return make_stage(channels=("web", "box", "agent", "hotel"), give={})


# --- Drafts ----------------------------------------------------------------------------------


def test_a_draft_is_kept_and_opened_again(manager: Client, stage: Stage) -> None:
    with nothing_changed():
        answer = save(manager, stage, guide(stage) | {"note": "See you there"})
    assert (answer.status_code, answer.headers["Location"]) == (302, editor(stage.pools["GA"]))
    assert said(answer) == ["The draft is saved. Nothing has been moved yet."]
    body = manager.get(editor(stage.pools["GA"])).content.decode()
    assert "This is the draft" in body
    assert "See you there" in body
    assert text(body, "plan-said").startswith("50 guaranteed to channels + 50 shared by groups")


def test_somebody_elses_draft_is_not_overwritten_unasked(manager: Client, stage: Stage) -> None:
    save(manager, stage, guide(stage))
    answer = save(manager, stage, guide(stage, web="25 %") | {"revision": 0})
    body = answer.content.decode()
    assert answer.status_code == 200
    assert "Somebody else has saved another draft of this plan meanwhile." in body
    assert 'value="25"' in body
    draft = AllocationPlan.objects.get()
    assert (draft.revision, str(draft.lines.order_by("pk")[0].percent)) == (1, "30.00")
    assert 'value="over-1"' in body
    save(manager, stage, guide(stage, web="25 %"), "over-1")
    draft.refresh_from_db()
    assert (draft.revision, str(draft.lines.order_by("pk")[0].percent)) == (2, "25.00")


def test_a_draft_is_discarded_as_it_was_looked_at(manager: Client, stage: Stage) -> None:
    save(manager, stage, guide(stage))
    url = f"{editor(stage.pools['GA']).removesuffix('plan/')}discard_plan/"
    answer = manager.post(url, {"revision": 2}, headers=HTMX)
    assert "Somebody else has saved another draft" in answer.content.decode()
    assert draft_of(stage.pools["GA"]) is not None
    assert manager.post(url, {"revision": 1}, headers=HTMX).status_code == 200
    assert draft_of(stage.pools["GA"]) is None


# --- Applying --------------------------------------------------------------------------------


def dialog(client: Client, stage: Stage, **values: Any) -> Any:
    url = f"{editor(stage.pools['GA']).removesuffix('plan/')}apply_plan/"
    return client.post(url, {"revision": 1, "reason": "Season opening"} | values, headers=HTMX)


def test_asking_to_apply_keeps_the_draft_and_opens_the_dialog(
    manager: Client, stage: Stage
) -> None:
    with nothing_changed():
        answer = save(manager, stage, guide(stage), "apply")
        assert answer.headers["Location"] == f"{editor(stage.pools['GA'])}?apply=1"
        body = manager.get(answer.headers["Location"]).content.decode()
    assert "/apply_plan/?revision=1" in body


def test_the_dialog_says_what_each_row_gains(manager: Client, stage: Stage) -> None:
    save(manager, stage, guide(stage))
    with nothing_changed():
        body = dialog(manager, stage, preview=1).content.decode()
    changes = text(body, "dialog-changes")
    assert "web 0 → 30 box 0 → 20 partners 0 → 50 Open stock 100 → 0" in changes
    assert "agent, draws nowhere → on partners" in changes


def test_the_dialog_warns_of_what_a_channel_that_loses_units_may_have_sold(
    manager: Client, stage: Stage
) -> None:
    specs.apply(stage, specs.line(stage, "web", 40))
    unreported(stage, about=8, high=15)
    save(manager, stage, guide(stage))
    changes = text(dialog(manager, stage, preview=1).content.decode(), "dialog-changes")
    assert "web 40 → 30" in changes
    assert "at most 15, may be sold since: of 40 free units 25 are free for sure." in changes


def test_a_plan_is_applied_as_it_was_shown(manager: Client, stage: Stage) -> None:
    save(manager, stage, guide(stage))
    answer = dialog(manager, stage)
    assert answer.headers["HX-Redirect"].endswith("/change/#dataset-plan")
    plan = plan_in_force(stage.pools["GA"])
    assert plan is not None
    assert (plan.version, plan.reason) == (1, "Season opening")
    assert plan.applied_by_id is not None
    assert stage.counters() == Counters(30, 0, 0, 0)
    assert stage.open_row(name="partners").quantity == 50
    message = said(answer)[-1]
    assert message.startswith(
        "Version 1 of the plan of GA is in force: Open stock −100, web +30, box +20, partners +50."
    )
    assert f"document_id={plan.pk}" in message
    assert Movement.objects.filter(kind=MovementKind.PLAN, document_id=plan.pk).count() == 6
    assert draft_of(stage.pools["GA"]) is None
    assert_reconciled()


def test_a_draft_that_is_another_by_now_is_not_applied(manager: Client, stage: Stage) -> None:
    save(manager, stage, guide(stage))
    save(manager, stage, guide(stage, web="25 %") | {"revision": 1})
    with nothing_changed():
        body = dialog(manager, stage).content.decode()
    assert "Somebody else has saved another draft of this plan meanwhile." in body
    assert plan_in_force(stage.pools["GA"]) is None


def test_a_plan_is_not_applied_without_a_reason(manager: Client, stage: Stage) -> None:
    save(manager, stage, guide(stage))
    with nothing_changed():
        assert "This field is required." in dialog(manager, stage, reason=" ").content.decode()
    assert plan_in_force(stage.pools["GA"]) is None


def test_what_became_impossible_meanwhile_names_its_line(manager: Client, stage: Stage) -> None:
    specs.apply(stage, specs.line(stage, "web", 40))
    save(manager, stage, form(line(stage, "web", 20)))
    stage.sell([("Ticket", 21)])
    with nothing_changed():
        body = dialog(manager, stage).content.decode()
    assert "web: 20 would be guaranteed, but 0 are held and 21 sold" in body


def test_a_plan_that_is_impossible_is_not_even_asked_about(manager: Client, stage: Stage) -> None:
    with nothing_changed():
        answer = save(manager, stage, form(line(stage, "web", 101)), "apply")
    assert "This plan cannot be applied yet" in answer.content.decode()
    assert not AllocationPlan.objects.exists()


@pytest.mark.parametrize("revision", ["", "x", "-1", "1e9", "9" * 30])
def test_a_dialog_without_a_draft_in_mind_applies_nothing(
    manager: Client, stage: Stage, revision: str
) -> None:
    save(manager, stage, guide(stage))
    with nothing_changed():
        assert dialog(manager, stage, revision=revision).status_code == 200
    assert plan_in_force(stage.pools["GA"]) is None


# --- Who may ---------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_those_who_move_stock_write_plans(role: Role, stage: Stage, sign_in: SignIn) -> None:
    may = role in {Role.VENUE_MANAGER, Role.PARTNER_MANAGER}
    client = sign_in(person(role, stage))
    assert client.get(editor(stage.pools["GA"])).status_code == (200 if may else 403)
    with nothing_changed():
        expected = 302 if may else 403
        assert save(client, stage, guide(stage)).status_code == expected
    assert AllocationPlan.objects.exists() == may


def test_another_venues_pool_is_not_there(manager: Client, other: Stage) -> None:
    specs.apply(other, specs.line(other, "web", 100))
    address = editor(other.pools["GA"])
    for url in (
        address,
        f"{address}1/",
        "/admin/events/pool/0/plan/",
        "/admin/events/pool/x/plan/",
    ):
        assert manager.get(url).status_code == 404, url
        assert manager.post(url, {"do": "save"}).status_code == 404, url


def test_a_version_is_read_by_all_who_see_the_stock(stage: Stage, sign_in: SignIn) -> None:
    specs.apply(stage, specs.line(stage, "web", "30"))
    specs.apply(stage, specs.line(stage, "web", "25", draws=Draws.GENERAL))
    client = sign_in(person(Role.AUDITOR, stage))
    body = client.get(f"{editor(stage.pools['GA'])}1/").content.decode()
    assert "30 %" in body
    assert "Replaced" in body
    assert client.get(f"{editor(stage.pools['GA'])}3/").status_code == 404
    assert client.get(f"{editor(stage.pools['GA'])}99999999999/").status_code == 404


def test_a_preview_that_comes_after_the_plan_was_applied_is_left_alone(
    manager: Client, stage: Stage
) -> None:
    save(manager, stage, guide(stage))
    dialog(manager, stage)
    with nothing_changed():
        assert dialog(manager, stage, preview=1).status_code == 204
    assert "not possible any more" not in " ".join(said(dialog(manager, stage, preview=1)))
