"""A sale that could not be read, reported anew: what may be the same is shown beside its conflict."""

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from offline.enums import Resolution
from offline.models import Conflict, Report
from offline.reports import Fault, SaleReport
from tests.backoffice.addresses import page
from tests.backoffice.late_sales.test_conflicts import allocate_more, ended, seen, text_of
from tests.backoffice.test_actions import act, assert_done, assert_refused
from tests.factories import Stage
from tests.kept import kept
from tests.offline.selling import SOLD_AT, make_kiosk, report, sale
from tests.proofs import nothing_changed

pytestmark = pytest.mark.django_db


@kept
def stage(db: None) -> Stage:
    """Ten tickets of the kiosk, all sold."""
    made = make_kiosk(10)
    made.sell([("Ticket", 10)])
    return made


def unread(stage: Stage, client_id: str, reference: str = "R-1", **fields: Any) -> Conflict:
    said = {"client_id": client_id, "reference": reference}
    wrong = SaleReport(client_id, said, fault=Fault("lines", "Must be a list."), **fields)
    report(stage, [wrong])
    return Conflict.objects.get(report__client_id=client_id)


def anew(stage: Stage, client_id: str, reference: str = "R-1", **fields: Any) -> Report:
    """It comes corrected, under a new id."""
    allocate_more(stage, 1)
    report(stage, [replace(sale(stage, client_id), reference=reference, **fields)])
    return Report.objects.select_related("booking").get(client_id=client_id)


def test_a_corrected_report_is_shown_beside_the_one_that_could_not_be_read(
    manager: Client, stage: Stage
) -> None:
    by_reference = unread(stage, "A")
    by_moment = unread(stage, "B", "", said_at=SOLD_AT)
    other = unread(stage, "C", "R-3")
    for shown in (by_reference, by_moment, other):
        assert "reported anew" not in text_of(manager.get(page(shown, "change")))
    before = seen(manager, by_reference, "book_other")
    corrected = anew(stage, "A2", said_at=SOLD_AT)
    for shown in (by_reference, by_moment):
        text = text_of(manager.get(page(shown, "change")))
        assert f"Booking {corrected.booking} 1 × Ticket R-1 A2" in text
        assert "it would be there twice" in text
    assert "reported anew" not in text_of(manager.get(page(other, "change")))
    listed = text_of(manager.get(page(Conflict, "changelist")))
    assert listed.count("Perhaps reported anew") == 1
    assert f"It may be {corrected.booking}." in text_of(
        manager.get(reverse("admin:offline_conflict_book_other", args=(by_reference.pk,)))
    )
    allocate_more(stage, 1)
    ticket = {"item": stage.items["Ticket"].pk, "count": 1}
    with nothing_changed():
        assert_refused(
            act(manager, by_reference, "book_other", **ticket, **before),
            "What may be the same sale was changed meanwhile: it is 1 now.",
        )
    report(stage, [replace(sale(stage, "A3", 9), said={"reference": "R-3"}, reference="R-3")])
    text = text_of(manager.get(page(other, "change")))
    assert "Conflict web · A3 9 × Ticket R-3 A3" in text  # there is no stock for it
    assert_done(act(manager, by_reference, "settle", resolution="REPORTED"))
    assert ended(by_reference) == (Resolution.REPORTED, "Because")


def test_a_corrected_report_of_what_was_booked_by_hand_says_that_it_may_be_there_twice(
    manager: Client, stage: Stage
) -> None:
    conflict = unread(stage, "A")
    allocate_more(stage, 1)
    ticket = {"item": stage.items["Ticket"].pk, "count": 1}
    assert_done(
        act(manager, conflict, "book_other", **ticket, **seen(manager, conflict, "book_other"))
    )
    assert [note["code"] for note in anew(stage, "A2").notes] == ["PERHAPS_TWICE"]
    assert anew(stage, "A3", "R-2").notes == []
    text = text_of(manager.get(page(conflict, "change")))
    assert "it is there twice: refund one of the two" in text
