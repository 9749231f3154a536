"""What a test shows about the whole database: all of it agrees, or nothing of it has changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from psycopg import sql

from alerts.models import Alert, AlertRule, AlertStep, AlertTeam, Delivery, Endpoint
from allocations.models import Listing, Movement, SalesChannel, Stock
from events.models import Component, Event, Item, Pool, Series, Venue
from idempotency.models import StoredAnswer
from offline.models import Conflict, ConflictLine, Report
from sales.models import (
    Block,
    BlockLine,
    Booking,
    BookingLine,
    Guest,
    HandOut,
    HoldChange,
    PaymentMark,
)
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


# What a refusal must leave as it was.
LEFT_ALONE: tuple[type[Model], ...] = (
    *(Booking, BookingLine, PaymentMark, Block, BlockLine),
    *(HoldChange, Guest, HandOut),
    *(Report, Conflict, ConflictLine),
    *(Stock, Movement, StoredAnswer),
    *(Transfer, TransferStep, TransferPolicy, TransferRule, WorkflowSignOff),
    *(AlertRule, AlertTeam, Endpoint, Alert, AlertStep, Delivery),
    *(Venue, Series, Event, Pool, Item, Component, SalesChannel, Listing),
)


def everything() -> dict[str, list[str]]:
    """Each row of these tables, as the database writes it. In one statement: hundreds of tests ask twice."""
    asked = [
        sql.SQL("SELECT {}, to_json(t)::text FROM {} t").format(name, sql.Identifier(name))
        for name in (model._meta.db_table for model in LEFT_ALONE)
    ]
    found: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(" UNION ALL ").join(asked))
        for table, row in cursor.fetchall():
            found.setdefault(table, []).append(row)
    return {table: sorted(rows) for table, rows in found.items()}


@contextmanager
def nothing_changed() -> Iterator[None]:
    """The block leaves bookings, leases, reports, transfers, alerts, movements, stored answers, stock and set-up alone."""
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
