"""What a test shows about the whole database: all of it agrees, or nothing of it has changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from alerts.models import Alert, AlertRule, AlertStep, AlertTeam, Delivery, Endpoint
from allocations.models import Listing, Movement, SalesChannel, Stock
from events.models import Component, Event, Item, Pool, Series, Venue
from idempotency.models import StoredAnswer
from sales.models import Booking, BookingLine, PaymentMark
from sales.reconcile import reconcile
from transfers.models import (
    Transfer,
    TransferPolicy,
    TransferRule,
    TransferStep,
    WorkflowSignOff,
)


def assert_reconciled() -> None:
    """Stock, movements and bookings agree, over every row there is."""
    differences = {
        result.check.name: result.differences for result in reconcile() if result.differences
    }
    assert differences == {}


TRANSFERS = (Transfer, TransferStep, TransferPolicy, TransferRule, WorkflowSignOff)
ALERTS = (AlertRule, AlertTeam, Endpoint, Alert, AlertStep, Delivery)
SETUP = (Venue, Series, Event, Pool, Item, Component, SalesChannel, Listing)


def everything() -> dict[str, object]:
    """What a refusal must leave as it was."""
    return {
        "bookings": list(Booking.objects.order_by("pk").values()),
        "lines": list(BookingLine.objects.order_by("pk").values()),
        "payments": list(PaymentMark.objects.values()),
        "movements": Movement.objects.count(),
        "answers": list(StoredAnswer.objects.order_by("scope", "key").values()),
        "stock": list(Stock.objects.order_by("pk").values()),
        "transfers": [list(model.objects.order_by("pk").values()) for model in TRANSFERS],
        "alerts": [list(model.objects.order_by("pk").values()) for model in ALERTS],
        "setup": [list(model.objects.order_by("pk").values()) for model in SETUP],
    }


@contextmanager
def nothing_changed() -> Iterator[None]:
    """The block leaves bookings, transfers, alerts, movements, stored answers, stock and set-up alone."""
    before = everything()
    yield
    assert everything() == before


@contextmanager
def violates(constraint: str) -> Iterator[None]:
    """The block breaks the constraint or trigger of that name, in a statement or at commit."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():  # noqa: PT012 - either
        yield
        execute("SET CONSTRAINTS ALL IMMEDIATE")
    cause = caught.value.__cause__
    assert isinstance(cause, psycopg.Error)
    assert cause.diag.constraint_name == constraint


def execute(statement: str, *values: Any) -> None:
    """SQL that goes around models and services."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
