"""A mapping is made on a file itself: first the columns, then what the words in them stand for."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.roles import Role
from backoffice.late_sales.mapping_versions import version_rows
from exchange.sales_files.work import work
from offline.enums import FileState
from offline.models import FileMapping, SalesFile
from tests.backoffice.addresses import page
from tests.backoffice.conftest import SignIn, person
from tests.backoffice.late_sales.test_sales_files import checked, do
from tests.backoffice.test_actions import act, assert_done
from tests.exchange.sales_files.files import channel_of, csv, make_marketplace
from tests.factories import Stage, make_event
from tests.kept import kept
from tests.proofs import assert_reconciled

pytestmark = pytest.mark.django_db

HEADINGS = ("Show", "Class", "Booking", "Pcs", "State")
LINES = [
    ["DG26", "GOLD", "X1", 2, "ok"],
    ["Diwali Gala", "Ticket", "X2", 1, "ok"],
    ["DG26", "GOLD", "X3", 3, "void"],
]
# The places of the columns in the file.
COLUMNS = {"event": 0, "item": 1, "reference": 2, "quantity": 3, "status": 4}


@kept
def stage(db: None) -> Stage:
    return make_marketplace(10)


@pytest.fixture
def file(manager: Client, stage: Stage) -> SalesFile:
    return checked(manager, stage, b"Sales of Monday\r\n\r\n" + csv(LINES, HEADINGS))


def address(file: SalesFile) -> str:
    return reverse("admin:offline_salesfile_columns", args=(file.pk,))


def say(client: Client, file: SalesFile, **form: Any) -> Any:
    values = {"mode": "LINES", "decimal": "", "reason": "As they write it", **COLUMNS, **form}
    return client.post(
        address(file), {name: value for name, value in values.items() if value is not None}
    )


def test_a_mapping_is_made_on_a_file_that_fits_none_and_reads_it(
    manager: Client, stage: Stage, file: SalesFile
) -> None:
    assert file.state == FileState.REJECTED
    assert address(file) in manager.get(page(file, "change")).content.decode()
    form = manager.get(address(file)).context["form"]
    assert [label for _value, label in form.fields["item"].choices][1:] == list(HEADINGS)

    answer = say(manager, file)
    assert not FileMapping.objects.exists()
    form = answer.context["form"]
    words = {field.label: name for name, field in form.fields.items() if name.startswith("word_")}
    assert list(words) == ["“DG26” is", "“GOLD” is"]
    assert [name for name, field in form.fields.items() if "data-go-on" in field.widget.attrs] == [
        words["“DG26” is"]  # the keyboard goes on there
    ]
    asked_for = {
        words["“DG26” is"]: "Diwali Gala",
        words["“GOLD” is"]: "Ticket",
        "words_of": answer.context["token"],
    }
    assert "counted" in say(manager, file, **asked_for).context["form"].errors
    answer = say(manager, file, counted=["ok"], **asked_for)
    assert answer.status_code == 302, answer.context["form"].errors

    mapping = FileMapping.objects.get()
    assert (mapping.version, mapping.reason) == (1, "As they write it")
    assert mapping.content["items"] == {"GOLD": "Ticket"}
    file = do_check(file)
    assert (file.state, file.summary["added"], file.summary["unreadable"]) == ("CHECKED", 3, 0)
    do(manager, file, "book")
    assert stage.counters().sold == 3
    assert manager.get(address(file)).status_code == 302  # it is booked as it was read
    assert_reconciled()


def do_check(file: SalesFile) -> SalesFile:
    assert work() == 1
    file.refresh_from_db()
    return file


def test_a_further_mapping_is_the_next_version_and_begins_as_the_last(
    manager: Client, file: SalesFile
) -> None:
    own = {"mode": "LINES", "columns": {"event": "Show", "item": "Class", "reference": "Booking"}}
    content = {
        **own,
        "items": {"GOLD": "Ticket", "OLD": "Ticket"},
        "events": {"DG26": "Diwali Gala"},
    }
    FileMapping.objects.create(channel=file.channel, version=1, content=content)
    form = manager.get(address(file)).context["form"]
    assert (form.fields["item"].initial, form.fields["quantity"].initial) == ("1", "")
    answer = say(manager, file, status="", quantity="")
    words = {name: form.initial for name, form in answer.context["form"].fields.items()}
    chosen = {name: initial for name, initial in words.items() if name.startswith("word_")}
    assert sorted(chosen.values()) == ["Diwali Gala", "Ticket"]
    say(manager, file, status="", quantity="", words_of=answer.context["token"], **chosen)
    kept_mapping = FileMapping.objects.get(version=2)
    assert kept_mapping.content["items"] == {"GOLD": "Ticket", "OLD": "Ticket"}


@pytest.mark.parametrize(
    ("form", "field", "said"),
    [
        ({"item": ""}, "item", "This field is required."),
        ({"reference": ""}, "reference", "Say which column has it."),
        ({"mode": "TOTALS", "quantity": ""}, "quantity", "Say which column has it."),
        ({"event": ""}, "event", "Say which column has the event, or of which one the file is."),
        ({"price": "3"}, "price", "This column is “How many” already."),
        ({"item": "99"}, "item", "Select a valid choice. 99 is not one of the available choices."),
        (
            {"decimal": "'"},
            "decimal",
            "Select a valid choice. ' is not one of the available choices.",
        ),
    ],
)
def test_what_cannot_be_meant_is_said_at_its_field(
    manager: Client, file: SalesFile, form: dict[str, Any], field: str, said: str
) -> None:
    assert said in say(manager, file, **form).context["form"].errors[field]
    assert not FileMapping.objects.exists()


def test_another_row_can_have_the_headings(manager: Client, file: SalesFile) -> None:
    for row, headings in (("1", ["Sales of Monday"]), ("nothing", list(HEADINGS))):
        form = manager.get(address(file), {"row": row}).context["form"]
        assert [label for _value, label in form.fields["item"].choices][1:] == headings


def test_only_who_takes_the_files_of_the_venue_says_what_its_columns_are(
    stage: Stage, other: Stage, file: SalesFile, sign_in: SignIn
) -> None:
    assert say(sign_in(person(Role.VENUE_MANAGER, other)), file).status_code == 404
    assert say(sign_in(person(Role.AUDITOR, stage)), file).status_code == 403
    assert not FileMapping.objects.exists()


def test_versions_say_who_and_what_changed_and_files_lead_to_theirs(
    manager: Client, stage: Stage, file: SalesFile
) -> None:
    """On the channel's page, and on that on which the next is made; a sync leads to the file of its lines."""
    columns = {"event": "Show", "item": "Class", "reference": "Booking", "status": "State"}
    first = {"mode": "LINES", "columns": columns, "items": {"GOLD": "Ticket"}, "counted": ["ok"]}
    second = first | {
        "columns": {"event": "Show", "item": "Class", "reference": "Booking", "quantity": "Pcs"},
        "items": {"GOLD": "Ticket", "DG": "Ticket"},
        "events": {"DG26": "Diwali Gala"},
        "counted": [],
    }
    for version, content in enumerate((first, second), 1):
        FileMapping.objects.create(
            channel=file.channel, version=version, content=content, reason=f"why {version}"
        )
    [newest, oldest] = version_rows(file.channel)
    assert newest["changes"] == [
        "How many: column “Pcs”",
        "Status: no column, before “State”",
        "“DG26” is Diwali Gala",
        "“DG” is Ticket",
        "Words that mean that the sale stands: none",
    ]
    assert oldest["changes"][:2] == [
        "Lines: each sale under the channel's own reference",
        "Event: column “Show”",
    ]
    for shown in (page(file.channel, "change"), address(file)):
        body = manager.get(shown).content.decode()
        assert "why 1" in body
        assert "“DG26” is Diwali Gala" in body
    assert_done(act(manager, file, "check_again"))
    do_check(file)
    do(manager, file, "book")
    own = manager.get(page(file, "change")).content.decode()
    assert f"{page(file.channel, 'change')}#dataset-mapping" in own
    assert "read by version 2 of its mapping" in own
    sync = manager.get(page(file.syncs.get(), "change")).content.decode()
    assert page(file, "change") in sync


def test_more_versions_are_no_more_statements(stage: Stage) -> None:
    """Each is of another event than the one before it."""
    channel = channel_of(stage)
    other = make_event(stage.event.venue, name="Holi")
    for version, event in enumerate((stage.event, other, stage.event), 1):
        content = {
            "mode": "LINES",
            "columns": {"item": "Class", "reference": "Booking"},
            "event_id": event.pk,
        }
        FileMapping.objects.create(channel=channel, version=version, content=content)
        with CaptureQueriesContext(connection) as asked:
            newest, *_before = version_rows(channel)
        assert f"All of a file is of {event}" in newest["changes"]
        assert len(asked) == 2
