"""Each list asks the database as often for one row as for three, and finds what is searched."""

import pytest
from django.contrib.admin import site
from django.db import connection, transaction
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alerts.models import Alert
from allocations.models import Listing, Movement, SalesChannel, Stock
from allocations.services import named_row
from events.models import Event, Item, Pool, Series, Venue
from exchange.enums import FileKind
from exchange.models import ImportRun
from offline.models import Conflict, SalesFile, Sync
from partners.models import ApiKey
from sales.models import Block, Booking
from tests.backoffice.addresses import objects_of, page, waiting_transfer
from tests.factories import Stage, id_of, make_stage, make_user
from tests.indexes import plan_of_conditions
from tests.kept import kept
from transfers.models import Transfer, TransferPolicy, TransferRule

pytestmark = pytest.mark.django_db

MODELS = (
    Venue,
    Series,
    Event,
    Pool,
    Item,
    SalesChannel,
    Listing,
    Stock,
    Movement,
    Booking,
    ApiKey,
    ImportRun,
    Transfer,
    TransferPolicy,
    TransferRule,
    Alert,
    Block,
    Sync,
    Conflict,
    SalesFile,
)
# What each list says that it can be searched by; a booking's reference has a test of its own.
SEARCHED = [
    pytest.param(model, field, id=f"{model.__name__}-{field}")
    for model in MODELS
    for field in site.get_model_admin(model).search_fields
    if model is not Booking
]
NAMES = {"name", "code", "city", "slug"}


def rows_of(stage: Stage) -> list[Model]:
    """A row of each list."""
    with transaction.atomic():
        shared = named_row(pool=stage.pools["GA"], name=f"Row {stage.event.pk}")
    person = make_user()
    run = ImportRun.objects.create(
        name=f"{person.pk}.csv", kind=FileKind.CSV, content=b"x", size=1, uploaded_by=person
    )
    of_event = [
        waiting_transfer(stage, back=True),
        TransferPolicy.objects.create(event=stage.event),
        TransferRule.objects.create(venue=stage.event.venue, event=stage.event, name="Own"),
    ]
    return [run, shared, *objects_of(stage), *of_event]


def named(words: str) -> list[Model]:
    """A row of each list, with words of its own wherever somebody has named something."""
    stage = make_stage()
    rows = rows_of(stage)
    for row in rows:
        columns = {field.name for field in row._meta.concrete_fields} & NAMES
        if columns and row != stage.row():  # a channel's row has no name
            rename = {column: f"{words} {column}" for column in columns}
            type(row)._default_manager.filter(pk=row.pk).update(**rename)
    stage.event.series = Series.objects.get(venue=stage.event.venue)
    stage.event.save(update_fields=["series"])
    return rows


def value_of(row: Model, path: str) -> str:
    return str(type(row)._default_manager.values_list(path, flat=True).get(pk=row.pk) or "")


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = client.get(url)
    assert answer.status_code == 200
    return len(asked)


def test_more_rows_are_no_more_queries(superuser: Client) -> None:
    def asked() -> dict[str, int]:
        return {each.__name__: queries(superuser, page(each, "changelist")) for each in MODELS}

    rows_of(make_stage())
    asked()  # content types and the like are read once a process
    one = asked()
    for _ in range(2):
        rows_of(make_stage(items={"Ticket": {"GA": 1}, "Pack": {"GA": 4}}))
    assert asked() == one


@kept
def evening(db: None) -> list[Model]:
    return named("Evening")


@kept
def night(db: None) -> list[Model]:
    return named("Night")


@pytest.mark.parametrize(("model", "field"), SEARCHED)
def test_a_search_finds_the_row_that_has_the_words_and_no_other(
    model: type[Model], field: str, superuser: Client, evening: list[Model], night: list[Model]
) -> None:
    wanted, other = (
        next(row for row in rows if isinstance(row, model) and value_of(row, field))
        for rows in (evening, night)
    )
    value = value_of(wanted, field)
    assert value != value_of(other, field)
    answer = superuser.get(page(model, "changelist"), {"q": f'"{value}"'})
    found = {row.pk for row in answer.context["cl"].result_list}
    assert wanted.pk in found
    assert other.pk not in found


def test_a_booking_is_found_by_its_number(superuser: Client, stage: Stage) -> None:
    found, _other = (Booking.objects.get(pk=stage.hold()) for _ in range(2))
    answer = superuser.get(page(Booking, "changelist"), {"q": str(found.uuid)})
    assert [one.pk for one in answer.context["cl"].result_list] == [found.pk]


def test_a_reference_is_found_by_its_beginning_and_by_index(
    superuser: Client, stage: Stage
) -> None:
    found = Booking.objects.get(pk=id_of(stage.sell(reference="AGENT-17")))
    stage.sell(reference="OTHER-17")
    with CaptureQueriesContext(connection) as asked:
        answer = superuser.get(page(Booking, "changelist"), {"q": "AGENT-1"})
    assert [one.pk for one in answer.context["cl"].result_list] == [found.pk]
    [statement] = [one["sql"] for one in asked if "LIKE 'AGENT-1%'" in one["sql"]]
    conditions = (
        r'NOT \("sales_booking"\."reference" = \'\'\)',
        r'"sales_booking"\."reference"::text LIKE \'AGENT-1%\'',
    )
    assert "booking_by_reference" in plan_of_conditions(statement, "sales_booking", *conditions)


@pytest.mark.parametrize(
    ("model", "query"),
    [
        (Event, "status__in=%00"),
        (Event, "starts_at__year=99999999999"),
        (Booking, "reference__icontains=%00"),
        (Pool, "capacity_from=x"),
        (Listing, "price_from=1e400"),
        (Movement, "kind__exact=%00"),
    ],
)
def test_an_address_that_asks_for_nonsense_is_no_failure(
    superuser: Client, evening: list[Model], model: type, query: str
) -> None:
    assert superuser.get(f"{page(model, 'changelist')}?{query}").status_code in {200, 302, 400}


@pytest.mark.parametrize("number", ["abc", "\x00", "9" * 30, "-1", ""])
def test_a_choice_that_is_no_number_is_refused(
    superuser: Client, stage: Stage, number: str
) -> None:
    form = {"action": "pause_selected", "_selected_action": [number], "apply": "1", "reason": "x"}
    assert superuser.post(page(Event, "changelist"), form).status_code == 400
    assert Event.objects.get(pk=stage.event.pk).status == "ON_SALE"
