"""The plan editor: it says at once what a plan would do, and changes nothing before it is told to."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from allocations.models import AllocationPlan
from allocations.plans.spec import PlanSpec
from tests.allocations.plans import specs
from tests.backoffice.kit.test_lists import queries
from tests.backoffice.plans.plan_form import editor, form, group, guide, line, outcome, save, text
from tests.factories import Stage, make_channel, make_stage
from tests.kept import kept
from tests.proofs import nothing_changed

pytestmark = pytest.mark.django_db


@kept
def stage(db: None) -> Stage:
    return make_stage(channels=("web", "box", "agent", "hotel"), give={})


def field(stage: Stage, channel: str, name: str) -> str:
    return f"id_line-{stage.channels[channel].pk}-{name}"


def error(body: str, stage: Stage, channel: str, name: str) -> str:
    return text(body, f"{field(stage, channel, name)}-error")


def result(body: str, stage: Stage, channel: str) -> str:
    return text(body, f"outcome-line-{stage.channels[channel].pk}")


# --- What it says while somebody types -----------------------------------------------------


def test_the_parts_add_up_to_the_capacity(manager: Client, stage: Stage) -> None:
    with nothing_changed():
        body = outcome(manager, stage.pools["GA"], guide(stage))
    assert text(body, "plan-said").startswith(
        "50 guaranteed to channels + 50 shared by groups + 0 open = 100 capacity check Adds up"
    )
    assert result(body, stage, "web") == "30 guaranteed 0 now → 30 +30"
    assert text(body, "outcome-group-1") == "50 guaranteed 0 now → 50 +50"


def test_what_is_given_away_beyond_the_capacity_is_counted(manager: Client, stage: Stage) -> None:
    whole = form(line(stage, "web", 80), line(stage, "box", "35 %"))
    body = outcome(manager, stage.pools["GA"], whole)
    totals = text(body, "plan-said")
    assert "115 guaranteed to channels + 0 open ≠ 100 capacity error 15 too many" in totals
    assert "The plan gives away 115 of 100: 15 too many." in totals


def test_percents_are_shown_as_the_units_that_they_round_to(manager: Client, stage: Stage) -> None:
    whole = form(*(line(stage, channel, "33.35 %") for channel in ("web", "box")))
    body = outcome(manager, stage.pools["GA"], whole)
    assert result(body, stage, "web").startswith("33.35 → 34 after rounding")
    assert result(body, stage, "box").startswith("33.35 → 33 after rounding")


def test_a_part_that_rounds_to_nothing_is_not_called_over(manager: Client, stage: Stage) -> None:
    body = outcome(manager, stage.pools["GA"], form(line(stage, "web", "0.3 %")))
    assert result(body, stage, "web").startswith("0.30 → 0 after rounding")


def test_a_channel_that_has_sold_more_than_it_would_get_is_told_so_at_its_line(
    manager: Client, stage: Stage
) -> None:
    specs.apply(stage, specs.line(stage, "web", 40))
    stage.sell([("Ticket", 30)])
    body = outcome(manager, stage.pools["GA"], form(line(stage, "web", 20)))
    assert error(body, stage, "web", "amount") == (
        "20 would be guaranteed, but 0 are held and 30 sold, and the channel draws on no open stock."
    )
    assert result(body, stage, "web") == "20 guaranteed 40 now → 30 −10 · 30 sold, 10 of it drawn"


def test_windows_are_worked_out_in_the_venues_time(manager: Client, stage: Stage) -> None:
    stage.event.starts_at = datetime(2030, 11, 5, 13, 30, tzinfo=UTC)
    stage.event.save()
    terms = {"opens": "AT", "opens_at": "2030-10-01T10:00", "closes": "BEFORE_START"}
    whole = form(line(stage, "web", draws="GENERAL", closes_hours=24, **terms))
    assert result(outcome(manager, stage.pools["GA"], whole), stage, "web").endswith(
        "May draw from 1 Oct 2030, 10:00 IST until 4 Nov 2030, 19:00 IST"
    )


GARBAGE = [
    ("amount", "lots", "Units are a whole number such as 30; 0 guarantees nothing."),
    ("amount", "-1", "Units are a whole number such as 30; 0 guarantees nothing."),
    ("amount", "NaN", "Units are a whole number such as 30; 0 guarantees nothing."),
    ("amount", "1e999", "Units are a whole number such as 30; 0 guarantees nothing."),
    ("amount", "٣", "Units are a whole number such as 30; 0 guarantees nothing."),
    ("amount", "", "This field is required."),
    ("amount", "9" * 5000, "Ensure this value has at most 20 characters (it has 5000)."),
    ("amount", "99999999", "A number of units is 0 to 10000000, not 99999999."),
    ("unit", "dozens", "Select a valid choice. dozens is not one of the available choices."),
    ("draws", "group-7", "Select a valid choice. group-7 is not one of the available choices."),
    ("draws", "", "This field is required."),
    ("ceiling", "-5", "Ensure this value is greater than or equal to 0."),
    ("floor", "1e999", "Enter a whole number."),
    ("release", "SOMETIME", "Select a valid choice. SOMETIME is not one of the available choices."),
]


@pytest.mark.parametrize(("name", "value", "message"), GARBAGE)
def test_what_cannot_be_is_said_at_its_field_and_stays_as_it_was_typed(
    manager: Client, stage: Stage, name: str, value: str, message: str
) -> None:
    whole = form(line(stage, "web", 1), line(stage, "box", "20 %"))
    whole[f"line-{stage.channels['web'].pk}-{name}"] = value
    body = outcome(manager, stage.pools["GA"], whole)
    assert error(body, stage, "web", name) == message
    with nothing_changed():
        answer = save(manager, stage, whole)
    assert answer.status_code == 200
    again = answer.content.decode()
    assert error(again, stage, "web", name) == message
    assert not value or f'value="{value}"' in again or name in {"unit", "draws", "release"}
    assert not AllocationPlan.objects.exists()


DRAWING = [
    ("tier", "99", "Tiers are 1 to 20, not 99."),
    ("opens_at", "2030-02-30T10:00", "Enter a valid date/time."),
    ("opens_at", "9999-01-01T10:00", "A date lies between 2000-01-01 and 2100-01-01, UTC."),
    ("opens_at", "", "Say when."),
]


@pytest.mark.parametrize(("name", "value", "message"), DRAWING)
def test_a_window_that_cannot_be_is_said_at_its_field(
    manager: Client, stage: Stage, name: str, value: str, message: str
) -> None:
    terms = {"draws": "GENERAL", "opens": "AT", "opens_at": "2030-02-01T10:00", name: value}
    body = outcome(manager, stage.pools["GA"], form(line(stage, "web", **terms)))
    assert error(body, stage, "web", name) == message


@pytest.mark.parametrize(
    ("zone", "typed", "message"),
    [
        (
            "Europe/Berlin",
            "2030-03-31T02:30",
            (
                "The clocks skip this time: they go from 02:00 to 03:00. Type a time before 02:00, or from "
                "03:00 on."
            ),
        ),
        (
            "Europe/Berlin",
            "2030-10-27T02:00",
            (
                "The clocks show this time twice, as all from 02:00 to 03:00. Type a time before 02:00, or "
                "from 03:00 on."
            ),
        ),
        (
            "Australia/Lord_Howe",
            "2030-04-07T01:59",
            (
                "The clocks show this time twice, as all from 01:30 to 02:00. Type a time before 01:30, or "
                "from 02:00 on."
            ),
        ),
    ],
)
def test_where_the_clocks_change_it_says_what_to_type_instead(
    manager: Client, stage: Stage, zone: str, typed: str, message: str
) -> None:
    stage.event.venue.time_zone = zone
    stage.event.venue.save()
    terms = {"draws": "GENERAL", "opens": "AT", "opens_at": typed}
    body = outcome(manager, stage.pools["GA"], form(line(stage, "web", **terms)))
    assert error(body, stage, "web", "opens_at") == message


def test_what_stands_in_a_field_that_does_not_apply_is_not_read(
    manager: Client, stage: Stage
) -> None:
    whole = form(line(stage, "web", 10, tier="x", opens="nonsense", opens_at="x", releases_at="x"))
    assert save(manager, stage, whole).status_code == 302
    [kept] = PlanSpec.read(AllocationPlan.objects.get()).lines
    assert kept == specs.line(stage, "web", 10)


def test_percents_beyond_the_whole_and_two_groups_of_one_name_are_said(
    manager: Client, stage: Stage
) -> None:
    whole = form(line(stage, "web", "70 %"), group(1, "all", "20 %"), group(2, "all", "20 %"))
    totals = text(outcome(manager, stage.pools["GA"], whole), "plan-said")
    assert "The percents add up to 110 %, more than 100 %." in totals


@pytest.mark.parametrize("key", ["0", "x", "99999999999999999999", "1\x00"])
def test_a_channel_that_is_not_the_venues_is_refused(
    manager: Client, stage: Stage, key: str
) -> None:
    whole = guide(stage)
    whole["line"] = [*whole["line"], key]
    answer = save(manager, stage, whole)
    assert "The venue has no channel “" in text(answer.content.decode(), "plan-said")
    assert not AllocationPlan.objects.exists()


def test_another_venues_channel_is_refused_like_none(
    manager: Client, stage: Stage, other: Stage
) -> None:
    whole = form(line(stage, "web", 1), line(other, "web", 1))
    body = save(manager, stage, whole).content.decode()
    assert f"The venue has no channel “{other.channels['web'].pk}”." in text(body, "plan-said")
    assert not AllocationPlan.objects.exists()


def test_a_line_that_stands_there_twice_is_refused(manager: Client, stage: Stage) -> None:
    whole = form(line(stage, "web", 1), line(stage, "web", 2))
    assert "stands there 2 times." in save(manager, stage, whole).content.decode()
    assert not AllocationPlan.objects.exists()


def test_a_group_that_cannot_be_is_refused_and_another_can_be_added(
    manager: Client, stage: Stage
) -> None:
    whole = guide(stage)
    whole["group"] = [*whole["group"], "9" * 5000, "x"]
    body = save(manager, stage, whole, "add-group").content.decode()
    assert "There is no group “99999999999999999999”." in text(body, "plan-said")
    assert 'id="card-group-2"' in body


def test_nothing_of_the_form_is_an_answer_too(manager: Client, stage: Stage) -> None:
    for do in ("", "save", "apply", "outcome", "add", "remove", "begin-x", "over-x", "nonsense"):
        assert save(manager, stage, {}, do).status_code == 200, do
    assert not AllocationPlan.objects.exists()


# --- Lines that come and go ------------------------------------------------------------------


def test_it_opens_with_the_stock_as_it_stands(manager: Client, stage: Stage) -> None:
    stage.draw("agent", ceiling=40)
    stage.sell([("Ticket", 7)], "agent")
    body = manager.get(editor(stage.pools["GA"])).content.decode()
    assert "It begins with the stock as it stands." in body
    assert result(body, stage, "agent").startswith("0 guaranteed 7 now → 7 ±0 · 7 sold, 7 of it")


def test_every_channel_that_sells_the_event_has_a_line_and_others_can_be_added(
    manager: Client, stage: Stage
) -> None:
    late = make_channel(stage.event.venue, "late")
    body = manager.get(editor(stage.pools["GA"])).content.decode()
    assert body.count('<article class="plan-card"') == 4
    whole = guide(stage, web="oops") | {"channel": late.pk}
    body = save(manager, stage, whole, "add").content.decode()
    assert f'id="card-line-{late.pk}"' in body
    assert 'value="oops"' in body


def test_a_group_comes_and_goes_and_its_channels_draw_nowhere_then(
    manager: Client, stage: Stage
) -> None:
    body = save(manager, stage, guide(stage), "add-group").content.decode()
    assert 'id="card-group-2"' in body
    body = save(manager, stage, guide(stage), "remove-group-1").content.decode()
    assert 'id="card-group-1"' not in body
    assert "50 guaranteed to channels + 50 open = 100 capacity" in text(body, "plan-said")


@pytest.mark.parametrize(
    ("strategy", "totals"),
    [
        ("FIXED", "100 guaranteed to channels + 0 open = 100 capacity check Adds up Fixed"),
        ("PRIORITY", "0 guaranteed to channels + 100 open = 100 capacity check Adds up Priority"),
        ("DYNAMIC", "100 guaranteed to channels + 0 open = 100 capacity check Adds up Dynamic"),
        ("HYBRID", "50 guaranteed to channels + 50 open = 100 capacity check Adds up Hybrid"),
    ],
)
def test_each_strategy_is_a_shape_to_begin_with(
    manager: Client, stage: Stage, strategy: str, totals: str
) -> None:
    for channel in ("agent", "hotel"):
        stage.channels[channel].kind = "PARTNER"
        stage.channels[channel].place = "RESELLER"
        stage.channels[channel].save()
    with nothing_changed():
        body = save(manager, stage, guide(stage), f"begin-{strategy}").content.decode()
    assert text(body, "plan-said").startswith(totals)


def test_shares_are_filled_in_as_they_were_typed(manager: Client, stage: Stage) -> None:
    stage.channels["agent"].kind, stage.channels["agent"].place = "PARTNER", "RESELLER"
    stage.channels["agent"].save()
    shares = {"share-direct": "45", "share-physical": "20", "share-partners": "30.5"}
    with nothing_changed():
        body = save(manager, stage, guide(stage) | shares, "begin-SHARES").content.decode()
    assert text(body, "plan-said").startswith(
        "45 guaranteed to channels + 31 shared by groups + 24 open = 100"
    )


@pytest.mark.parametrize("typed", ["", "x", "-1", "1e2", "60", "٣", "9" * 99, "nan"])
def test_what_is_no_share_fills_nothing_and_says_so(
    manager: Client, stage: Stage, typed: str
) -> None:
    with nothing_changed():
        body = save(
            manager, stage, guide(stage) | {"share-direct": typed}, "begin-SHARES"
        ).content.decode()
    assert text(body, "shares-error") == (
        "Shares are numbers such as 30, and not more than 100 together."
    )
    assert text(body, "plan-said").startswith("50 guaranteed to channels + 50 shared by groups")


def test_more_channels_are_no_more_queries(superuser: Client) -> None:
    def counted(*names: str) -> tuple[int, int]:
        stage = make_stage(channels=names, give={})
        specs.apply(stage, *(specs.line(stage, name, 1) for name in names))
        pool, whole = stage.pools["GA"], form(*(line(stage, name, 2) for name in names))
        superuser.get(editor(pool))  # content types and the like are read once a process
        with CaptureQueriesContext(connection) as asked:
            outcome(superuser, pool, whole)
        return queries(superuser, editor(pool)), len(asked)

    assert counted("a") == counted(*"bcdefghijkl")
