"""A channel sends its sales as a file: checked and booked by a worker, read until it rests, nothing twice."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.roles import Role
from allocations.enums import Connectivity
from allocations.models import SalesChannel
from common.actor import Actor
from events.enums import EventStatus
from events.models import Event
from exchange.sales_files.mapping import READY
from exchange.sales_files.work import FORBIDDEN_TO_KEY, NOTHING_READABLE, work
from offline.enums import LinesState
from offline.models import Conflict, FileMapping, SalesFile
from offline.services import FileOrder, send_file
from partners.enums import Scope
from partners.models import ApiKey
from sales.models import Booking
from tests.exchange.sales_files.files import csv, make_marketplace, row
from tests.factories import Counters, Stage, make_stage
from tests.kept import kept
from tests.partners.conftest import Api, assert_problem, key_for
from tests.partners.test_people import Person
from tests.proofs import assert_reconciled, nothing_changed

pytestmark = pytest.mark.django_db

TWO = csv([row("A-1", 2), row("A-2", 3)])


@kept
def stage(db: None) -> Stage:
    made = make_marketplace(10, channels=("web", "hotel"), give={("GA", "web"): 10})
    SalesChannel.objects.filter(pk=made.channels["hotel"].pk).update(
        connectivity=Connectivity.PERIODIC
    )
    return made


def form(content: bytes = TWO, name: str = "monday.csv", **fields: Any) -> tuple[bytes, str]:
    """A form as curl writes it, and its Content-Type."""
    parts = [
        f'Content-Disposition: form-data; name="{field}"\r\n\r\n{value}'.encode()
        for field, value in fields.items()
    ]
    head = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n'
    parts.append(f"{head}Content-Type: text/csv\r\n\r\n".encode() + content)
    body = b"".join(b"--edge\r\n" + part + b"\r\n" for part in parts) + b"--edge--\r\n"
    return body, "multipart/form-data; boundary=edge"


def send(api: Api, content: bytes = TWO, key: str = "", **fields: Any) -> Any:
    raw, content_type = form(content, **fields)
    return api.send("POST", "/sales-files/", raw=raw, content_type=content_type, key=key)


def state_of(api: Api, answer: Any) -> dict[str, Any]:
    told: dict[str, Any] = api.get(f"/sales-files/{answer.json()['id']}/").json()
    return told


def test_a_file_is_checked_then_booked_and_told_with_what_somebody_has_to_look_at(
    stage: Stage, web: Api
) -> None:
    content = csv([row("A-1", 4), row("A-2", 7), row("A-3", "many")])
    sent = send(web, content, key="one")
    assert (sent.status_code, sent.json()["state"]) == (202, "WAITING")
    assert work() == 1
    assert not Booking.objects.exists()
    path = f"/sales-files/{sent.json()['id']}/"
    assert sent.headers["Location"] == f"/api/v1{path}"
    told = web.get(path).json()
    assert (told["state"], told["mapping"], told["whole"]) == ("CHECKED", 1, False)
    assert told["problems"] == [{"row": 4, "detail": "“many” is not how many."}]
    assert told["shortages"] == [
        {"row": 3, "event": "Diwali Gala", "item": "Ticket", "tickets": 7, "sellable": 6}
    ]
    counts = {name: count for name, count in told["summary"].items() if count}
    assert counts == {
        "lines": 3,
        "new": 2,
        "added": 11,
        "unreadable": 1,
        "short_rows": 1,
        "short_tickets": 7,
    }
    booking = web.post(f"{path}book/", {"reason": "Monday"}, key="two")
    assert (booking.status_code, booking.json()["state"]) == (202, "QUEUED")
    again = web.post(f"{path}book/", {"reason": "Monday"}, key="two")
    assert (again.content, again.headers["Idempotency-Replayed"]) == (booking.content, "true")
    assert assert_problem(web.post(f"{path}book/"), 409, "INVALID_STATE")["state"] == "QUEUED"
    assert work() == 1
    told = web.get(path).json()
    assert told["state"] == "DONE"
    assert [(found["row"], found["code"]) for found in told["conflicts"]] == [
        (3, "SOLD_OUT"),
        (4, "VALIDATION"),
    ]
    listed = web.get(f"/conflicts/?sales_file={told['id']}").json()["results"]
    assert [one["id"] for one in listed] == [one["id"] for one in reversed(told["conflicts"])]
    assert stage.counters() == Counters(10, 0, 4, 0)
    assert Booking.objects.get().api_key_id == ApiKey.objects.get(channel=stage.channels["web"]).pk
    assert_reconciled()


def test_with_book_it_is_booked_at_once_unless_no_line_can_be_read(stage: Stage, web: Api) -> None:
    sent = send(web, book="true")
    assert work() == 2
    assert state_of(web, sent)["state"] == "DONE"
    assert stage.counters().sold == 5
    wrong = send(web, csv([row("A-3", "many")]), book="true")
    assert work() == 1
    told = state_of(web, wrong)
    assert (told["state"], told["message"]) == ("CHECKED", NOTHING_READABLE)
    assert not Conflict.objects.exists()


def test_the_same_file_sent_again_is_the_same_file_and_nothing_twice(
    stage: Stage, web: Api
) -> None:
    first = send(web, key="one")
    replay = send(web, key="one")
    assert (replay.content, replay.headers["Idempotency-Replayed"]) == (first.content, "true")
    other_body = send(web, csv([row("A-9")]), key="one")
    assert_problem(other_body, 422, "IDEMPOTENCY_CONFLICT", "Idempotency-Key")
    work()
    again = send(web)
    assert (again.status_code, again.json()["state"]) == (200, "CHECKED")
    # Sent to be looked at, then sent to be booked.
    books = send(web, book="true")
    assert (books.status_code, books.json()["id"]) == (200, first.json()["id"])
    work()
    assert send(web, book="true").json()["state"] == "DONE"
    assert (SalesFile.objects.count(), stage.counters().sold) == (1, 5)


def test_a_file_that_says_again_what_an_older_one_said_is_a_new_file(
    stage: Stage, web: Api
) -> None:
    """Counts of Wednesday may be those of Monday, to the byte, after Tuesday's were others."""
    headings = ("event", "date", "item", "sold so far")
    for count in (4, 6, 4):
        content = csv([["Diwali Gala", "", "Ticket", count]], headings)
        assert send(web, content, book="true").status_code == 202
        assert work() == 2
        assert stage.counters().sold == count
    assert_reconciled()


def test_one_with_rows_that_could_not_be_read_is_read_anew(stage: Stage, web: Api) -> None:
    content = csv([row("A-1"), row("A-2", 1, item="Gold")])
    send(web, content, book="true")
    work()
    mapping = FileMapping.objects.get()
    FileMapping.objects.create(
        channel=mapping.channel, version=2, content=mapping.content | {"items": {"Gold": "Ticket"}}
    )
    assert send(web, content, book="true").status_code == 202
    work()
    assert stage.counters().sold == 2


def test_one_whose_lines_were_forgotten_unbooked_is_read_anew_and_booked(
    stage: Stage, web: Api
) -> None:
    send(web)
    work()
    SalesFile.objects.update(lines_state=LinesState.FORGOTTEN)
    assert send(web, book="true").status_code == 202
    work()
    assert stage.counters().sold == 5
    SalesFile.objects.update(lines_state=LinesState.FORGOTTEN)
    assert send(web, book="true").json()["state"] == "DONE"


def test_a_file_is_read_by_the_version_that_it_names(stage: Stage, web: Api) -> None:
    channel = stage.channels["web"]
    with nothing_changed():
        none = send(web, mapping=1)
        assert "it has none yet" in assert_problem(none, 404, "NOT_FOUND", "mapping")["detail"]
    for version, name in enumerate(("plain", "totals"), 1):
        FileMapping.objects.create(channel=channel, version=version, content=READY[name].content)
    told = assert_problem(send(web, mapping=3), 404, "NOT_FOUND", "mapping")
    assert (told["detail"], told["newest"]) == (
        "The channel has no mapping 3: its versions are 1 to 2.",
        2,
    )
    sent = send(web, mapping=1)
    work()
    assert [state_of(web, sent)[name] for name in ("state", "mapping")] == ["CHECKED", 1]
    newest = send(web)
    work()
    assert state_of(web, newest)["state"] == "REJECTED"


# --- What is no such file -------------------------------------------------------------------------


def zip_bomb() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 260_000_000)
    return content.getvalue()


def test_what_is_no_sales_file_is_kept_and_says_why(web: Api) -> None:
    for content, said in (
        (zip_bomb(), "at most 250000000 bytes"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00\x01" * 99, "text in no known encoding"),
        (b"a,b\n1,2\n", "The first row has: “a”, “b”."),
    ):
        sent = send(web, content, book="true")
        work()
        told = state_of(web, sent)
        assert told["state"] == "REJECTED"
        assert said in told["message"]
        assert told["summary"] is None


def test_a_form_that_cannot_be_meant_is_refused_with_its_field(stage: Stage, web: Api) -> None:
    with nothing_changed():
        wrong: tuple[tuple[dict[str, Any], str], ...] = (
            ({"whole": "yes"}, "whole"),
            ({"whole": ""}, "whole"),
            ({"book": "1"}, "book"),
            ({"mapping": "plain"}, "mapping"),
            ({"mapping": "0"}, "mapping"),
            ({"channel": "\x00"}, "channel"),
            ({"colour": "red"}, "colour"),
        )
        for fields, field in wrong:
            assert_problem(send(web, **fields), 400, "VALIDATION", field)
        assert_problem(send(web, b" \n"), 400, "VALIDATION", "file")
        assert_problem(send(web, key="\x7f"), 400, "VALIDATION", "Idempotency-Key")
        foreign = send(web, channel=stage.channels["hotel"].pk)
        assert_problem(foreign, 404, "NOT_FOUND", "channel")
        raw, kind = form()
        twice = raw.replace(b"--edge--", raw.split(b"--edge--")[0] + b"--edge--")
        without_name = raw.replace(b'; filename="monday.csv"', b"")
        for body in (twice, without_name, b"--edge--\r\n", b"x"):
            answer = web.send("POST", "/sales-files/", raw=body, content_type=kind)
            assert_problem(answer, 400, "VALIDATION", "file")
        no_edge = web.send("POST", "/sales-files/", raw=raw, content_type="multipart/form-data")
        assert_problem(no_edge, 400, "VALIDATION")
        for kind in ("application/json", "text/csv", "application/x-www-form-urlencoded"):
            answer = web.send("POST", "/sales-files/", raw=TWO, content_type=kind)
            assert_problem(answer, 415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type")
    assert not SalesFile.objects.exists()


def test_a_file_that_is_too_large_is_refused_with_both_sizes(stage: Stage, web: Api) -> None:
    told = assert_problem(send(web, b"x" * 25_000_001), 413, "PAYLOAD_TOO_LARGE", "file")
    assert (told["asked"], told["maximum"]) == (25_000_001, 25_000_000)
    told = assert_problem(send(web, b"x" * 30_000_000), 413, "PAYLOAD_TOO_LARGE", "body")
    assert told["maximum"] == 30_000_000
    assert not SalesFile.objects.exists()


def test_a_channel_that_asks_at_each_sale_sends_no_files(stage: Stage, web: Api) -> None:
    SalesChannel.objects.update(connectivity=Connectivity.REAL_TIME)
    with nothing_changed():
        assert_problem(send(web), 409, "ALWAYS_CONNECTED", "channel")
    assert not SalesFile.objects.exists()


# --- Who ------------------------------------------------------------------------------------------


def test_a_file_of_another_channel_or_venue_is_not_there(
    stage: Stage, web: Api, hotel: Api
) -> None:
    file = send(web).json()["id"]
    stranger = Person(make_stage(), Role.VENUE_MANAGER)
    work()
    for api in (hotel, stranger):
        assert api.get("/sales-files/").json()["results"] == []
        assert_problem(api.get(f"/sales-files/{file}/"), 404, "NOT_FOUND", "id")
        with nothing_changed():
            assert_problem(api.post(f"/sales-files/{file}/book/", {}), 404, "NOT_FOUND", "id")
    assert hotel.get(f"/conflicts/?sales_file={file}").json()["results"] == []
    assert [one["id"] for one in web.get("/sales-files/?state=CHECKED").json()["results"]] == [file]


def test_a_file_tells_nothing_of_an_event_that_is_still_a_draft(stage: Stage, web: Api) -> None:
    Event.objects.filter(pk=stage.event.pk).update(status=EventStatus.DRAFT)
    nothing_there = row("A-2")
    nothing_there[0] = "Holi Gala"
    sent = send(web, csv([row("A-1"), nothing_there]))
    work()
    assert [problem["detail"] for problem in state_of(web, sent)["problems"]] == [
        "The channel lists no event “Diwali Gala”.",
        "The channel lists no event “Holi Gala”.",
    ]


def test_a_key_sends_with_the_scope_sync_and_reads_with_the_scope_read(stage: Stage) -> None:
    channel = stage.channels["web"]
    reads = Api(key_for(channel, Scope.READ, Scope.SELL))
    syncs = Api(key_for(channel, Scope.SYNC))
    with nothing_changed():
        assert_problem(send(reads), 403, "FORBIDDEN")
    file = send(syncs).json()["id"]
    assert_problem(syncs.get(f"/sales-files/{file}/"), 403, "FORBIDDEN")
    assert reads.get(f"/sales-files/{file}/").status_code == 200
    assert_problem(reads.post(f"/sales-files/{file}/book/"), 403, "FORBIDDEN")


def test_a_key_that_has_ended_books_nothing(stage: Stage, web: Api) -> None:
    sent = send(web, book="true")
    ApiKey.objects.update(scopes=[Scope.READ])
    work()
    told = state_of(web, sent)
    assert (told["state"], told["message"]) == ("REJECTED", FORBIDDEN_TO_KEY)
    assert stage.counters().sold == 0


def test_a_person_with_the_role_sends_for_a_channel_through_which_they_do_not_sell(
    stage: Stage,
) -> None:
    """Whoever takes files reports what was sold; that needs no channel to sell through."""
    person = Person(stage, Role.PARTNER_MANAGER, checks=True)
    person.user.channels.clear()

    def post(**fields: Any) -> Any:
        upload = SimpleUploadedFile("monday.csv", TWO)
        return person.client.post(
            "/api/v1/sales-files/",
            {"file": upload, **fields},
            headers={"idempotency-key": "k", "X-CSRFToken": token},
        )

    token = ""
    assert_problem(post(channel=stage.channels["web"].pk), 403, "FORBIDDEN")
    assert not SalesFile.objects.exists()
    token = "t" * 32
    person.client.cookies["csrftoken"] = token
    assert_problem(post(), 400, "VALIDATION", "channel")
    sent = post(channel=stage.channels["web"].pk, book="true")
    assert sent.status_code == 202
    work()
    file = SalesFile.objects.get()
    assert (file.state, file.user_id) == ("DONE", person.user.pk)
    assert person.get("/sales-files/").json()["results"][0]["id"] == str(file.uuid)
    office = Person(stage, Role.BOX_OFFICE)
    assert office.get(f"/sales-files/{file.uuid}/").status_code == 200
    with nothing_changed():
        assert_problem(office.post(f"/sales-files/{file.uuid}/book/", {}), 403, "FORBIDDEN")
    assert stage.counters().sold == 5


def test_a_key_books_no_file_that_people_have_uploaded(stage: Stage, web: Api) -> None:
    """They look at it first. The same bytes, sent by the program, are a file of its own."""
    order = FileOrder(stage.channels["web"].pk, "monday.csv", TWO)
    send_file(order, by=Actor.person(Person(stage, Role.VENUE_MANAGER).user))
    work()
    file = SalesFile.objects.get()
    assert web.get(f"/sales-files/{file.uuid}/").json()["state"] == "CHECKED"
    with nothing_changed():
        assert_problem(web.post(f"/sales-files/{file.uuid}/book/"), 409, "INVALID_STATE")
    assert send(web, book="true").status_code == 202
    work()
    assert stage.counters().sold == 5
    file.refresh_from_db()
    assert file.state == "CHECKED"


def test_a_key_undoes_what_its_file_has_booked_once(stage: Stage, web: Api) -> None:
    sent = send(web, book="true")
    path = f"/sales-files/{sent.json()['id']}/"
    with nothing_changed():
        assert assert_problem(web.post(f"{path}undo/"), 409, "INVALID_STATE")["state"] == "WAITING"
    work()
    assert stage.counters().sold == 5
    undone = web.post(f"{path}undo/", {"reason": "Last week's"}, key="three")
    assert (undone.status_code, undone.json()["state"]) == (202, "UNDOING")
    assert web.post(f"{path}undo/", {"reason": "Last week's"}, key="three").json() == undone.json()
    assert assert_problem(web.post(f"{path}undo/"), 409, "INVALID_STATE")["state"] == "UNDOING"
    work()
    file = SalesFile.objects.get()
    assert (state_of(web, sent)["state"], file.reason) == ("UNDONE", "Last week's")
    assert stage.counters().sold == 0
    assert_problem(web.post(f"{path}undo/"), 409, "INVALID_STATE")
    assert_reconciled()


def test_a_file_is_undone_by_whoever_may_book_it(stage: Stage, web: Api, hotel: Api) -> None:
    order = FileOrder(stage.channels["web"].pk, "monday.csv", TWO, books=True)
    send_file(order, by=Actor.person(Person(stage, Role.VENUE_MANAGER).user))
    work()
    path = f"/sales-files/{SalesFile.objects.get().uuid}/undo/"
    reads = Api(key_for(stage.channels["web"], Scope.READ, Scope.SELL))
    office = Person(stage, Role.BOX_OFFICE)
    with nothing_changed():
        assert_problem(web.post(path), 409, "INVALID_STATE")  # people have uploaded it
        assert_problem(hotel.post(path), 404, "NOT_FOUND", "id")
        assert_problem(reads.post(path), 403, "FORBIDDEN")
        assert_problem(office.post(path, {}), 403, "FORBIDDEN")
    manager = Person(stage, Role.VENUE_MANAGER)
    assert manager.post(path, {}).status_code == 202
    work()
    assert stage.counters().sold == 0


def test_a_program_without_a_key_leaves_no_file(stage: Stage) -> None:
    nobody = Api("finlo_nobody")
    assert_problem(send(nobody), 401, "NOT_AUTHENTICATED")
    assert not SalesFile.objects.exists()


def test_the_example_of_the_guide_is_the_form_that_is_taken() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "sales-files.md").read_text()
    assert '-F "file=@monday.csv"' in guide
    assert '"$API/sales-files/"' in guide
