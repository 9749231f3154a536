"""Whatever a request says, the page says what is wrong with it or takes no notice, and nothing changes."""

from typing import Any

import pytest
from django.test import Client

from accounts.roles import Role
from allocations.enums import Draws
from events.models import Event
from tests.allocations.plans import specs
from tests.backoffice.configuration.pages import address, form_in, opened, sent
from tests.backoffice.conftest import person, signed_in
from tests.factories import Stage, make_stage
from tests.kept import kept
from tests.proofs import nothing_changed
from transfers.models import TransferRule

pytestmark = pytest.mark.django_db


@kept
def stage(db: None) -> Stage:
    made = make_stage(channels=("web", "agent"), give={})
    specs.apply(made, specs.line(made, "web", 40), specs.line(made, "agent", "33.33"))
    TransferRule.objects.create(venue=made.event.venue, event=made.event, name="Even out")
    return made


@pytest.fixture
def shown(manager: Client, stage: Stage) -> dict[str, list[str]]:
    return opened(manager, stage.event)


def amount(stage: Stage, channel: str) -> str:
    return f"pool-{stage.pools['GA'].pk}.line-{stage.channels[channel].pk}"


# Digits of other scripts are none here: nobody who reads the number afterwards should have to guess.
NO_UNITS = ["-1", "1e3", "NaN", "Infinity", "७", "1_000", "1,000", "9" * 5000, "30 %", "4\x000", "", "1.5"]  # fmt: skip


def test_an_amount_that_is_none_is_said_at_its_field(
    manager: Client, stage: Stage, shown: dict[str, Any]
) -> None:
    for typed in NO_UNITS:
        with nothing_changed():
            answer = sent(manager, stage.event, shown | {amount(stage, "web"): typed})
        assert "Units are a whole number such as 30" in answer.content.decode(), typed
    for typed in ("-1", "NaN", "٣", "33.333", "1e1", "30 %", "9" * 5000):
        with nothing_changed():
            answer = sent(manager, stage.event, shown | {amount(stage, "agent"): typed})
        assert "A percentage is a number such as 30" in answer.content.decode(), typed


@pytest.mark.parametrize("name", ["reason", "internal_note"])
@pytest.mark.parametrize(
    ("typed", "message"),
    [("a\x00b", "Null characters are not allowed."), ("x" * 5000, "at most 300 characters")],
)
def test_a_text_that_cannot_be_kept_is_said_at_its_field(
    manager: Client, stage: Stage, shown: dict[str, Any], name: str, typed: str, message: str
) -> None:
    data = shown | {amount(stage, "web"): "41", "do": "save", "reason": "Why", name: typed}
    with nothing_changed():
        answer = manager.post(address(stage.event), data)
    body = answer.content.decode()
    assert message in body
    assert form_in(body)[amount(stage, "web")] == ["41"]


def test_a_button_that_is_none_begins_nothing(
    manager: Client, stage: Stage, shown: dict[str, Any]
) -> None:
    for about in ("9" * 5000 + "-FIXED", "७-FIXED", "-", f"{stage.pools['GA'].pk}-NONE", "\x00"):
        with nothing_changed():
            answer = sent(manager, stage.event, shown, f"begin-{about}")
        assert form_in(answer.content.decode())[amount(stage, "web")] == ["40"], about


def test_fields_of_others_and_too_many_fields_change_nothing(
    manager: Client, stage: Stage, shown: dict[str, Any]
) -> None:
    other = make_stage(channels=("web",))
    theirs = TransferRule.objects.create(venue=other.event.venue, event=other.event, name="Theirs")
    pool = stage.pools["GA"].pk
    data = shown | {
        f"pool-{other.pools['GA'].pk}.line-{other.channels['web'].pk}": "3",
        f"pool-{pool}.line-{other.channels['web'].pk}": "3",
        f"pool-{pool}.plan": "7",
        f"rule-{theirs.pk}.keeps": "3",
        "switch-key": [f"rule-{theirs.pk}.is_active", "policy.nonsense"],
    }
    for do in ("save", "resolve", f"begin-{other.pools['GA'].pk}-FIXED"):
        with nothing_changed():
            assert sent(manager, stage.event, data, do).status_code == 200
    with nothing_changed():
        answer = sent(manager, stage.event, data | {f"x-{number}": "1" for number in range(10_000)})
    assert answer.status_code == 400


def test_a_channel_that_only_draws_has_nothing_to_lose() -> None:
    made = make_stage(channels=("web", "agent"), give={})
    specs.apply(
        made, specs.line(made, "web", 40), specs.line(made, "agent", 0, draws=Draws.GENERAL)
    )
    manager = signed_in(person(Role.VENUE_MANAGER, made))
    data: dict[str, Any] = opened(manager, made.event)
    assert data[amount(made, "agent")] == ["0"]
    preview = sent(manager, made.event, data | {amount(made, "web"): "100"}, "preview")
    assert "40 → 100" in preview.content.decode()
    Event.objects.filter(pk=made.event.pk).update(status="DRAFT")
    assert sent(manager, made.event, data | {amount(made, "web"): "100"}).status_code == 302
    assert opened(manager, made.event)[amount(made, "agent")] == ["0"]
