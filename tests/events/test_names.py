"""Each way in keeps one form of a name: no second pool stands beside the first unseen."""

from collections.abc import Callable

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.test import Client

from accounts.roles import Role
from allocations import services
from allocations.errors import PlanRefusedError
from allocations.models import PlanGroup, Stock
from allocations.plans.services import apply_plan, save_draft
from allocations.plans.spec import Group, PlanSpec
from common.actor import SYSTEM
from common.clock import database_now
from common.names import IsName, NameField, normalize
from events.models import Pool, Series, Venue
from partners.enums import Scope
from partners.models import ApiKey
from tests.alerts.staging import make_endpoint, team_of
from tests.exchange.conftest import LOCAL, STARTS
from tests.exchange.files import check_rows, problems
from tests.factories import Stage, make_stage, make_user
from tests.kept import kept
from tests.proofs import execute, nothing_changed, violates
from transfers.models import TransferRule

pytestmark = pytest.mark.django_db

NAME = "Terrasse Été"
OTHERWISE = "terrasse\u00a0 E\u0301te\u0301\n"


@kept
def stage() -> Stage:
    return make_stage(pools={NAME: 100}, items={"Ticket": {NAME: 1}}, name="Gala", starts_at=STARTS)


def test_every_name_is_a_name_field_that_the_database_checks() -> None:
    """Whatever people call something: a new model with a plain name fails here."""
    typed = [
        field
        for model in apps.get_models()
        if model.__module__.partition(".")[0] not in {"django", "simple_history", "exchange"}
        and not model.__name__.startswith("Historical")
        and not model._meta.proxy  # the fields are those of what it stands for
        and model.__name__ != "SalesFile"  # as its sender's computer calls it
        for field in model._meta.fields
        if field.name in {"name", "city"}
    ]
    assert len(typed) == 19
    assert [str(field) for field in typed if not isinstance(field, NameField)] == []
    for field in typed:
        checked = [
            one
            for one in field.model._meta.constraints
            if isinstance(one, models.CheckConstraint)
            and one.condition == IsName(models.F(field.name))
        ]
        assert len(checked) == 1, field


def test_a_name_is_saved_and_found_in_one_form(stage: Stage) -> None:
    pool = Pool(event=stage.event, name="  Balkon\u2003E\u0301 ")
    pool.save()
    assert pool.name == "Balkon É"
    assert Pool.objects.get(name="Balkon\u00a0E\u0301") == pool
    Pool.objects.filter(pk=pool.pk).update(name="Balkon \n 2")
    pool.refresh_from_db()
    assert pool.name == "Balkon 2"
    [made] = Pool.objects.bulk_create([Pool(event=stage.event, name="Loge\t1")])
    assert made.name == "Loge 1"


@pytest.mark.parametrize("name", ["Bal\u200bkon", "\u202eBalkon"], ids=ascii)
def test_a_name_with_what_nobody_sees_is_saved_by_no_code(name: str, stage: Stage) -> None:
    with (
        nothing_changed(),
        pytest.raises(ValidationError, match="that nobody sees"),
        transaction.atomic(),
    ):
        Pool(event=stage.event, name=name).save()


@pytest.mark.parametrize("name", [NAME.upper(), "Terrasse  Été", "Terrasse E\u0301te\u0301"])
def test_the_database_takes_no_second_pool_by_any_way(name: str, stage: Stage) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_pool (event_id, name, capacity, position) VALUES (%s, %s, 0, 0)",
            [stage.event.pk, name],
        )


GUARDS = {
    "user_name_normalized": ("accounts_user", "name"),
    "venue_name_normalized": ("events_venue", "name"),
    "venue_city_normalized": ("events_venue", "city"),
    "venue_upi_name_normalized": ("events_venue", "upi_name"),
    "series_name_normalized": ("events_series", "name"),
    "event_name_normalized": ("events_event", "name"),
    "pool_name_normalized": ("events_pool", "name"),
    "item_name_normalized": ("events_item", "name"),
    "channel_name_normalized": ("allocations_saleschannel", "name"),
    "plangroup_name_normalized": ("allocations_plangroup", "name"),
    "stock_name_normalized": ("allocations_stock", "name"),
    "transferrule_name_normalized": ("transfers_transferrule", "name"),
    "alertrule_name_normalized": ("alerts_alertrule", "name"),
    "alertteam_name_normalized": ("alerts_alertteam", "name"),
    "endpoint_name_normalized": ("alerts_endpoint", "name"),
    "apikey_name_normalized": ("partners_apikey", "name"),
}


def test_the_database_holds_the_one_form_of_every_name(stage: Stage) -> None:
    pool, venue = stage.pools[NAME], stage.event.venue
    user = make_user()
    Series.objects.create(venue=venue, name="Nights")
    services.named_row(pool=pool, name="Partners")
    save_draft(pool=pool, spec=PlanSpec((), (Group(name="Partners", units=1),), ""))
    TransferRule.objects.create(venue=venue, name="Rule")
    make_endpoint(team_of(stage, Role.BOX_OFFICE), name="Desk")
    ApiKey.objects.create(
        channel=stage.channels["web"], name="Till", prefix="a", digest="b", scopes=[Scope.READ]
    )
    Venue.objects.update(upi_address="blue-hall@bank", upi_name="Blue Hall")  # both or neither
    for guard, (table, column) in GUARDS.items():
        for name in ("A  B", " A", "E\u0301", "A\u200b"):
            with violates(guard):
                execute(
                    f"UPDATE {table} SET {column} = %s"  # noqa: S608 - names of our own
                    f" WHERE id = (SELECT max(id) FROM {table})",
                    name,
                )
    user.refresh_from_db()
    assert user.name == normalize(user.name)


def add_in_admin(stage: Stage) -> str:
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    data = {"event": stage.event.pk, "name": OTHERWISE, "first_capacity": 100, "position": 0}
    return client.post("/admin/events/pool/add/", data).content.decode()


def add_shared_stock(stage: Stage) -> str:
    services.named_row(pool=stage.pools[NAME], name=NAME)
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    pool = stage.pools[NAME].pk
    data = {"dialog_name": OTHERWISE, "name": OTHERWISE, "units": 0, "reason": "More"}
    return client.post(f"/admin/events/pool/{pool}/add_open_row/", data).content.decode()


@pytest.mark.parametrize(
    ("add", "message"),
    [
        (add_in_admin, "The event has a pool of this name already."),
        (add_shared_stock, "The pool has shared stock of this name already."),
    ],
)
def test_a_form_takes_no_second_one(
    add: Callable[[Stage], str], message: str, stage: Stage
) -> None:
    assert message in add(stage)
    assert Pool.objects.filter(event=stage.event).count() == 1
    assert Stock.objects.filter(name__iexact=NAME).count() <= 1


def test_an_import_finds_the_pool_that_is_there(stage: Stage) -> None:
    user = make_user(is_staff=True, is_superuser=True)
    row = {
        "venue": stage.event.venue.slug,
        "event": stage.event.name,
        "starts_at": LOCAL,
    }
    run = check_rows(user, "pools", {**row, "pool": OTHERWISE, "capacity": 100})
    assert (run.new_rows, run.changed_rows, run.unchanged_rows) == (0, 0, 1)
    more = {**row, "item": "ticket", "components": f"{OTHERWISE}:1"}
    assert check_rows(user, "items", more).unchanged_rows == 1
    [(_row, column, message)] = problems(
        check_rows(user, "pools", {**row, "pool": "\u202eGA", "capacity": 100})
    )
    assert column == "pool"
    assert "(U+202E, RIGHT-TO-LEFT OVERRIDE)" in message


def test_groups_of_a_plan_share_stock_by_one_form_of_their_name(stage: Stage) -> None:
    pool = stage.pools[NAME]
    row = services.named_row(pool=pool, name="Partners A")
    assert services.named_row(pool=pool, name="partners \n A") == row

    def apply(*names: str) -> None:
        spec = PlanSpec((), tuple(Group(name=name, units=10) for name in names), "")
        apply_plan(pool=pool, spec=spec, by=SYSTEM, reason="Season", now=database_now())

    with pytest.raises(PlanRefusedError, match="called “Partners A”: write it so"):
        apply("PARTNERS A")
    with pytest.raises(PlanRefusedError, match="2 groups are called"):
        apply("Partners B", "partners\u00a0B")
    apply("Partners  A")
    assert set(PlanGroup.objects.values_list("name", flat=True)) == {"Partners A"}
    assert Stock.objects.filter(pool=pool, kind="OPEN").exclude(name="").count() == 1


@pytest.mark.parametrize("term", ["Terrasse Été", "E\u0301te\u0301", '"terrasse \u00a0été"'])
def test_search_finds_a_name_by_any_form_of_it(term: str, stage: Stage) -> None:
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    page = client.get("/admin/events/pool/", {"q": term}).content.decode()
    assert f"/admin/events/pool/{stage.pools[NAME].pk}/change/" in page
