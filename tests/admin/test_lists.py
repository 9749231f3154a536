"""Each list asks the database the same number of times for one row as for three."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from allocations.models import Listing, Movement, SalesChannel, Stock
from events.models import Event, Item, Pool, Series, Venue
from partners.models import ApiKey
from sales.models import Booking
from tests.admin.addresses import objects_of, page
from tests.factories import id_of, make_stage

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
)


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = client.get(url)
    assert answer.status_code == 200
    return len(asked)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_more_rows_are_no_more_queries(model: type, superuser: Client) -> None:
    objects_of(make_stage())
    url = page(model, "changelist")
    queries(superuser, url)  # content types and the like are read once a process
    one = queries(superuser, url)
    for _ in range(2):
        objects_of(make_stage(items={"Ticket": {"GA": 1}, "Pack": {"GA": 4}}))
    assert queries(superuser, url) == one


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_each_list_can_be_searched(model: type, superuser: Client) -> None:
    objects_of(make_stage())
    assert superuser.get(page(model, "changelist"), {"q": "no such thing"}).status_code == 200


def test_a_reference_is_found_by_its_beginning_and_by_index(superuser: Client) -> None:
    stage = make_stage()
    found = Booking.objects.get(pk=id_of(stage.sell(reference="AGENT-17")))
    stage.sell(reference="OTHER-17")
    with CaptureQueriesContext(connection) as asked:
        answer = superuser.get(page(Booking, "changelist"), {"q": "AGENT-1"})
    assert [one.pk for one in answer.context["cl"].result_list] == [found.pk]
    [statement] = [one["sql"] for one in asked if "LIKE 'AGENT-1%'" in one["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # so few rows are read at once
        cursor.execute(f"EXPLAIN {statement}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "booking_by_reference" in plan, plan


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
    superuser: Client, model: type, query: str
) -> None:
    objects_of(make_stage())
    assert superuser.get(f"{page(model, 'changelist')}?{query}").status_code in {200, 302, 400}


@pytest.mark.parametrize("number", ["abc", "\x00", "9" * 30, "-1", ""])
def test_a_choice_that_is_no_number_is_refused(superuser: Client, number: str) -> None:
    stage = make_stage()
    form = {"action": "pause_selected", "_selected_action": [number], "apply": "1", "reason": "x"}
    assert superuser.post(page(Event, "changelist"), form).status_code == 400
    assert Event.objects.get(pk=stage.event.pk).status == "ON_SALE"
