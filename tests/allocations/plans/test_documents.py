"""The document of a channel: what holds, since when, what was changed after it, and nothing of others."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from allocations import ledger
from allocations import services as allocations
from allocations.enums import Closes, Draws, Team
from allocations.models import SalesChannel
from allocations.plans import release, services
from allocations.plans.spec import PlanSpec
from allocations.plans.text.comparing import told
from allocations.plans.text.document import (
    channels_of,
    document_of,
    document_of_version,
)
from common.actor import SYSTEM
from events.models import Event
from tests.allocations.plans.documents import NOW, SALES, START, draft, made, now, said
from tests.allocations.plans.specs import apply, group, line
from tests.factories import Stage, make_stage
from tests.kept import kept

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    return made(starts_at=START, sales_from=SALES)


# --- The document in force ------------------------------------------------------------------------


def test_the_document_says_which_version_holds_since_when_and_why(stage: Stage) -> None:
    apply(stage, line(stage, "agent", 300), now=NOW)
    channel = stage.channels["agent"]
    channel.settlement_days, channel.team = 30, Team.PARTNERS
    document = now(stage)
    assert document.sentences == [
        "GA:",
        "Version 1 of the plan is in force since 2 Oct 2030, 17:30 IST, because “test”.",
        "You are guaranteed 300 units. It is set aside for you alone.",
        "You may not draw on open stock. You can sell your own part only.",
        "What you have not sold stays yours until the sale ends.",
        "Unsold units of yours are not moved to other channels automatically.",
        "A confirmed booking is to be paid within 30 days.",
        (
            "Your part is changed by a new version of the plan or by a transfer of units, always with "
            "a reason that is kept: your allocation statement lists every change. To have more or to "
            "give some back, ask the venue's partner managers, or send a request by the API."
        ),
        "All times are those of the venue, Asia/Kolkata.",
    ]


def test_the_note_stands_in_every_channels_document(stage: Stage) -> None:
    found = said(draft(stage, "web", line(stage, "web", 1), note="Doors open at six."))
    assert found["Note"] == "Doors open at six."


def test_all_pools_of_the_event_stand_in_one_document_and_its_size_costs_nothing() -> None:
    def asked(pools: int) -> tuple[list[str], int]:
        names = [f"Pool {number}" for number in range(pools)]
        stage = make_stage(
            pools=dict.fromkeys(names, 100),
            items={"Ticket": dict.fromkeys(names, 1)},
            channels=("agent", "web"),
            give={},
        )
        for name in names[1:]:
            apply(stage, line(stage, "agent", 10), pool=name)
            apply(stage, line(stage, "agent", 20), pool=name)
        event = Event.objects.select_related("venue").get(pk=stage.event.pk)
        with CaptureQueriesContext(connection) as seen:
            document = document_of(event, stage.channels["agent"], NOW)
        return [part.terms[0].text for part in document.parts], len(seen)

    few, many = asked(2), asked(5)
    assert many[0] == [
        "No plan is in force. At present your part is 0 units.",
        *["You are guaranteed 20 units. It is set aside for you alone."] * 4,
    ]
    assert few[1] == many[1]


def test_a_pool_without_a_plan_tells_what_was_given_by_hand(stage: Stage) -> None:
    pool, channel = stage.pools["GA"], stage.channels["agent"]
    with transaction.atomic():
        allocations.allocate(pool=pool, channel=channel, units=30, by=SYSTEM, reason="test")
    stage.draw("agent", on="Friends", draws_until=START, ceiling=60)
    assert said(now(stage)) == {
        "Your part": "No plan is in force. At present your part is 30 units.",
        "Open stock": (
            "At present you may draw on the common stock “Friends” until 7 Nov 2030, 19:00 IST, up "
            "to 60 units in all."
        ),
    }


def test_what_was_changed_by_hand_after_the_plan_is_told(stage: Stage) -> None:
    apply(stage, line(stage, "agent", 300, draws=Draws.GENERAL))
    assert "Changed since" not in said(now(stage))
    with transaction.atomic():
        allocations.move_quantity(
            source=stage.row(channel="agent"),
            target=stage.open_row(),
            units=20,
            by=SYSTEM,
            reason="test",
        )
    found = said(now(stage))
    assert found["Your part"] == (
        "Your part at present is 280 units. It is set aside for you alone. The plan gives you 300 "
        "units; stock or capacity was changed after it."
    )
    assert "You are guaranteed" not in " ".join(now(stage).sentences)
    with transaction.atomic():
        allocations.set_drawing(
            row=stage.row(channel="agent"), draws_on=None, by=SYSTEM, reason="test"
        )
    found = said(now(stage))
    assert found["Open stock"] == "At present you may not draw on open stock."
    assert found["Changed since"] == "Where and when you may draw was changed after the plan."
    assert "When you may draw" not in found


def test_a_letter_promises_what_there_is_after_the_capacity_has_changed() -> None:
    stage = made()
    apply(
        stage,
        line(stage, "web", "30"),
        line(stage, "agent", group="Partners"),
        line(stage, "hotel", group="Partners"),
        group("Partners", "50"),
    )
    with transaction.atomic():
        allocations.set_capacity(pool=stage.pools["GA"], capacity=1050, by=SYSTEM, reason="test")
    stage.sell([("Ticket", 7)], "hotel")
    found = said(now(stage, "web"))
    assert found["Your part"] == (
        "Your part at present is 300 units. It is set aside for you alone. The plan gives you 30 %; "
        "stock or capacity was changed after it."
    )
    # Of the common stock too, of which another channel has taken seven.
    found = said(now(stage, "agent"))
    assert "All who share it have together 500 units of it at present." in found["Open stock"]


def test_a_note_is_told_as_of_the_plan_where_something_was_changed_since() -> None:
    stage = made()
    spec = PlanSpec([line(stage, "agent", 300)], [], "You have a third.")
    with transaction.atomic():
        services.apply_plan(pool=stage.pools["GA"], spec=spec, by=SYSTEM, reason="test", now=NOW)
    assert said(now(stage))["Note"] == "You have a third."
    with transaction.atomic():
        allocations.move_quantity(
            source=stage.row(channel="agent"),
            target=stage.open_row(),
            units=20,
            by=SYSTEM,
            reason="test",
        )
    assert said(now(stage))["Note"] == (
        "You have a third. (Written with the plan, before the changes that are told here.)"
    )


def test_another_end_than_the_plans_is_told(stage: Stage) -> None:
    apply(stage, line(stage, "agent", 300, release_hours=48))
    row = stage.row(channel="agent")
    for ends, told_end in ((START, "7 Nov 2030, 19:00 IST"), (None, "never")):
        with transaction.atomic():
            terms = ledger.Terms(releases_at=ends)
            ledger.set_terms({row.pk: terms}, by=SYSTEM, reason="test")
        found = said(now(stage))
        assert found["Unsold units"] == f"At present unsold units go back: {told_end}."
        assert found["Changed since"] == "When unsold units go back was changed after the plan."


def test_a_plan_that_is_applied_meanwhile_is_read_anew(stage: Stage) -> None:
    """Else the old plan would be told beside the new stock, as if somebody had changed it by hand."""
    apply(stage, line(stage, "agent", 300))
    again = [True]

    def meanwhile(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if again and sql.startswith("SELECT") and 'FROM "allocations_stock"' in sql:
            again.clear()
            apply(stage, line(stage, "agent", 250))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(meanwhile):
        found = said(now(stage))
    assert again == []
    assert found["Your part"] == "You are guaranteed 250 units. It is set aside for you alone."
    assert "Changed since" not in found


def test_what_is_drawn_is_no_change_of_ones_part() -> None:
    stage = made()
    apply(stage, line(stage, "agent", 10, draws=Draws.GENERAL))
    stage.sell([("Ticket", 25)], "agent")
    assert "Changed since" not in said(now(stage))


def test_of_a_common_stock_that_has_ended_nothing_is_promised(stage: Stage) -> None:
    apply(
        stage,
        line(stage, "web", draws=Draws.GENERAL),
        line(stage, "agent", 5, group="Partners", tier=2),
        group("Partners", 50, release_hours=48),
    )
    assert {"When you may draw", "Your tier"} < said(now(stage)).keys()
    after = START - timedelta(hours=47)
    release.release_pool(stage.pools["GA"].pk, after)
    found = said(now(stage, at=after))
    assert found["Open stock"] == "You drew on the common stock “Partners”, which has ended."
    assert found["End of the common stock"] == (
        "The common stock “Partners” ended 48 hours before the start, that is 5 Nov 2030, 19:00 "
        "IST. What was left of it went back to the pool."
    )
    assert not {"Changed since", "When you may draw", "Your tier"} & found.keys()
    with transaction.atomic():
        allocations.move_quantity(
            source=stage.row(channel="agent"),
            target=stage.open_row(),
            units=2,
            by=SYSTEM,
            reason="test",
        )
    assert said(now(stage, at=after))["Your part"] == (
        "Your part at present is 3 units. It is set aside for you alone. The plan gives you 5 units; "
        "stock or capacity was changed after it."
    )


def test_an_old_version_and_a_draft_say_that_they_do_not_hold(stage: Stage) -> None:
    first = apply(stage, line(stage, "agent", 300), now=NOW)
    apply(stage, line(stage, "agent", 250), now=NOW)
    with transaction.atomic():
        saved = services.save_draft(
            pool=stage.pools["GA"], spec=PlanSpec([line(stage, "agent", 200)])
        )
    first.refresh_from_db()
    channel = stage.channels["agent"]
    [old] = document_of_version(first, channel, NOW).parts
    assert (old.status, told(old.changes, "")) == (
        (
            "Version 1 of the plan was applied on 2 Oct 2030, 17:30 IST, because “test”. It is no longer "
            "in force; units and times are told for the present capacity and date."
        ),
        [],
    )
    [coming] = document_of_version(saved, channel, NOW).parts
    assert (coming.status, told(coming.changes, "")) == (
        "This is a draft of a plan. It is not in force.",
        ["Guaranteed part: from 250 units to 200 units."],
    )


# --- Nothing of others ----------------------------------------------------------------------------


def test_no_other_channel_is_named_and_none_of_its_numbers() -> None:
    stage = made()
    secret = {"web": 111, "box": 122, "hotel": 133}
    for name in secret:
        SalesChannel.objects.filter(pk=stage.channels[name].pk).update(name=f"Secret {name}")
    for extra in (0, 1):
        apply(
            stage,
            line(stage, "web", secret["web"] + extra, ceiling=444, floor=99, is_dynamic=True),
            line(stage, "box", secret["box"] + extra, draws=Draws.GENERAL, closes=Closes.NEVER),
            line(stage, "hotel", secret["hotel"] + extra, group="Partners", ceiling=455),
            line(stage, "agent", 50 + extra, group="Partners"),
            group("Partners", 200 + extra),
            group("Insiders", 166 + extra),
        )
    stage.sell([("Ticket", 77)], "box")
    document = now(stage)
    text = "\n".join([*document.sentences, *told(document.parts[0].changes, "test")])
    assert "Secret" not in text
    assert "Insiders" not in text
    for number in (111, 112, 122, 123, 133, 134, 166, 167, 444, 455, 99, 77):
        assert str(number) not in text, number
    assert told(document.parts[0].changes, "test") == [
        "Guaranteed part: from 50 units to 51 units, because “test”.",
        "The common stock “Partners”, guaranteed part: from 200 units to 201 units, because “test”.",
    ]


def test_each_channel_with_stock_has_a_document(stage: Stage) -> None:
    apply(stage, line(stage, "agent", 1))
    assert [channel.name for channel in channels_of(stage.event)] == [
        "agent",
        "box",
        "hotel",
        "web",
    ]


def test_the_exact_share_is_told_with_its_decimals() -> None:
    stage = made(7)
    found = draft(stage, "web", line(stage, "web", "12.5"))
    given = found.parts[0].given
    assert given is not None
    assert (given.part.units, given.part.exact) == (1, Decimal("0.875"))
