"""A sale's round trips to the database, counted on the wire as in production.

The requests go through the whole WSGI application, which takes a connection from a checked pool
and gives it back; the pool's connections go through a proxy that counts.
"""

import io
import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, connections
from django.db.backends.postgresql.base import DatabaseWrapper

from allocations.enums import ContactKind
from allocations.models import ChannelContact
from partners.api import keys
from sales.models import Booking
from tests.factories import Counters, Stage
from tests.partners.conftest import key_for
from tests.partners.counting_proxy import CountingProxy
from tests.proofs import assert_reconciled

pytestmark = pytest.mark.django_db(transaction=True)

Call = Callable[..., tuple[int, int, dict[str, Any]]]


@pytest.fixture
def proxy(stage: Stage) -> Iterator[CountingProxy]:
    """The default database behind a counting proxy, with a pool of its own."""
    plain = connection.settings_dict
    with CountingProxy(plain["HOST"], int(plain["PORT"])) as proxy:
        behind = DatabaseWrapper({**plain, "HOST": "127.0.0.1", "PORT": str(proxy.port)})
        vars(behind)["_connection_pools"] = {}  # shadows the one that the process shares
        direct = connections["default"]
        connections["default"] = behind
        try:
            assert behind.settings_dict["CONN_HEALTH_CHECKS"] is True
            assert behind.pool is not None
            yield proxy
        finally:
            behind.close()
            behind.close_pool()
            connections["default"] = direct


@pytest.fixture
def call(stage: Stage, proxy: CountingProxy) -> Call:
    """Calls the API with a key of "web"; returns round trips, status and body."""
    secret = key_for(stage.channels["web"])
    connection.close()  # back into the pool, as every request leaves it
    application = WSGIHandler()

    def send(method: str, path: str, body: object = None) -> tuple[int, int, dict[str, Any]]:
        content = b"" if body is None else json.dumps(body).encode()
        statuses: list[str] = []

        def start(status: str, *_rest: object) -> Callable[[bytes], object]:
            statuses.append(status)
            return found.append

        found: list[bytes] = []
        before = proxy.round_trips
        answer = application(
            {
                "REQUEST_METHOD": method,
                "PATH_INFO": f"/api/v1{path}",
                "SERVER_NAME": "testserver",
                "SERVER_PORT": "80",
                "CONTENT_TYPE": "application/json",
                "CONTENT_LENGTH": str(len(content)),
                "HTTP_AUTHORIZATION": f"Bearer {secret}",
                "HTTP_IDEMPOTENCY_KEY": str(uuid.uuid4()),
                "wsgi.input": io.BytesIO(content),
                "wsgi.url_scheme": "http",
            },
            start,
        )
        found.extend(answer)
        answer.close()
        return proxy.round_trips - before, int(statuses[0].split()[0]), json.loads(b"".join(found))

    return send


def test_a_sale_takes_at_most_six_round_trips(
    stage: Stage, call: Call, proxy: CountingProxy
) -> None:
    sale = {
        "event": stage.event.pk,
        "confirm": True,
        "lines": [{"item": stage.items["Ticket"].pk, "quantity": 2}],
    }
    warming, status, _body = call("POST", "/bookings/", sale)
    assert status == 201
    assert warming > 6  # the key, its use and the set-up were read: the proxy does count

    connected = proxy.connections
    for _ in range(3):
        # The pool's check, BEGIN, the look, the booking with its answer, the ledger, COMMIT.
        assert call("POST", "/bookings/", sale)[:2] == (6, 201)
    assert proxy.connections == connected

    assert stage.counters() == Counters(100, 0, 8, 0)
    assert Booking.objects.count() == 4
    connection.close()
    assert_reconciled()


def test_a_refusal_asks_once_more_whether_holds_are_overdue(stage: Stage, call: Call) -> None:
    sale = {
        "event": stage.event.pk,
        "confirm": True,
        "lines": [{"item": stage.items["Ticket"].pk, "quantity": 101}],
    }
    call("POST", "/bookings/", sale)
    trips, status, body = call("POST", "/bookings/", sale)
    assert (status, body["code"]) == (409, "SOLD_OUT")
    # In the same statement: whether it has sold out, or gives nothing to this channel at the moment.
    assert trips == 6 + 1


def test_an_availability_takes_two_round_trips(stage: Stage, call: Call) -> None:
    path = f"/events/{stage.event.pk}/availability/"
    call("GET", path)
    # The pool's check and one statement, whether it is a 200 or a 304.
    assert call("GET", path)[:2] == (2, 200)


def test_a_key_that_is_not_remembered_is_looked_up_before_the_sale(
    stage: Stage, call: Call
) -> None:
    path = f"/events/{stage.event.pk}/availability/"
    call("GET", path)
    keys.forget()
    # The key is read, and its use noted if a minute has gone by.
    assert call("GET", path)[0] == 2 + 2


def test_a_call_is_the_channels_sign_of_life(stage: Stage, call: Call) -> None:
    path = f"/events/{stage.event.pk}/availability/"
    for _ in range(2):
        call("GET", path)
        keys.forget()
    (contact,) = ChannelContact.objects.all()
    assert (contact.channel, contact.kind) == (stage.channels["web"], ContactKind.CALL)
