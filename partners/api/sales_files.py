"""Sales files over the API: a channel's own report as CSV or as a workbook, checked by a worker and then booked."""

from typing import TYPE_CHECKING, Annotated, ClassVar
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from pydantic import ConfigDict, Field, PlainValidator
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import NotFoundError
from common.json_types import OneOf, Text
from common.rest.values import Body, IdText, Number, Omittable, json_schema, wrong
from idempotency.requests import repeat_of, sent
from offline.enums import FileState
from offline.models import SalesFile
from offline.services import (
    FileOrder,
    SalesFileJson,
    WholeSalesFileJson,
    book_checked_file,
    present_file,
    present_whole_file,
    require_file_size,
    send_file,
    undo_booked_file,
)
from partners.api import openapi, pages
from partners.api.callers import READ_FILES, TAKE_FILES, Caller, Need
from partners.api.openapi import Typed
from partners.api.view import ApiView

if TYPE_CHECKING:
    AnyFile = UploadedFile[bytes]
else:
    AnyFile = UploadedFile

FORM = "multipart/form-data"


def _upload(value: object) -> AnyFile:
    if not isinstance(value, UploadedFile):
        raise wrong("Must be a file, with a name of its own.")
    return value


Upload = Annotated[AnyFile, PlainValidator(_upload), json_schema("string", format="binary")]
Version = Annotated[int, Field(ge=1, le=2**31 - 1), Number]


class NewSalesFile(Body):
    """A form with a sales file."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    file: Upload
    """CSV, or an Excel workbook with one visible sheet; at most 25 MB and 100,000 lines."""
    channel: Omittable[IdText] = None
    """For a signed-in person: the channel that has sold. A key has its own, and may leave it out."""
    mapping: Omittable[Version] = None
    """By which version of the channel's mapping it is read; left out: by the newest. A channel without one gets the
    ready mapping whose headings the file has.
    """
    whole: Annotated[str, OneOf(("true", "false"))] = "false"
    """`true`: it holds all sales of its events. What was reported before and is not in it is proposed to the venue
    as a refund.
    """
    book: Annotated[str, OneOf(("true", "false"))] = "false"
    """`true`: it is booked as soon as it is checked, unless no line of it can be read. Else nothing is booked before
    you say so.
    """


class SalesFileStep(Body):
    """Why a file is booked, or undone."""

    reason: Annotated[str, Text(300)] = ""
    """Why; people of the venue read it. No personal data."""


class SalesFilesQuery(pages.PageQuery):
    """Which sales files are listed."""

    state: Omittable[Annotated[str, OneOf(FileState.values)]] = None
    """Files in this state."""
    channel: Omittable[IdText] = None
    """For a signed-in person: only this channel's. A key sees its own alone."""


class SalesFiles(ApiView):
    needs: ClassVar[dict[str, Need]] = {"GET": READ_FILES, "POST": TAKE_FILES}
    parser_classes = (MultiPartParser,)
    max_body = settings.LARGEST_UPLOAD

    @extend_schema(
        operation_id="list_sales_files",
        summary="List sales files",
        description="The newest first, those too that people of the venue have uploaded for the channel.",
        tags=["late sales"],
        parameters=openapi.parameters(SalesFilesQuery),
        responses=openapi.answers(pages.Page[SalesFileJson], 400),
    )
    def get(self, request: Request) -> HttpResponseBase:
        query = self.query(SalesFilesQuery)
        return Response(
            pages.page(
                request,
                find_files(self.caller, query),
                query.page_size,
                lambda file: (file.pk,),
                present_file,
            )
        )

    @extend_schema(
        operation_id="create_sales_file",
        summary="Send a file in which your sales stand",
        description=(
            "Answered at once with 202; a worker checks it, and books it if you say so. Read it until its `state` "
            "rests. Your newest file, sent again in the same way, is the same file: 200, with what has become of it."
        ),
        tags=["late sales"],
        parameters=openapi.idempotent(required=True),
        request={FORM: Typed(NewSalesFile)},
        responses=openapi.answers(SalesFileJson, 400, 409, 413, 415, 422)
        | openapi.answers(SalesFileJson, status=202),
    )
    def post(self, request: Request) -> HttpResponseBase:
        body = self.body(NewSalesFile)
        require_file_size(body.file.size or 0)
        order = FileOrder(
            channel_id=self.caller.channel(body.channel),
            name=body.file.name or "",
            content=body.file.read(),
            is_whole=body.whole == "true",
            mapping=body.mapping,
            books=body.book == "true",
        )
        fields = body.model_dump(exclude={"file"}, exclude_defaults=True)
        repeat = repeat_of(
            request, self.caller.scope, required=True, content=fields | {"file": order.digest}
        )
        answer = send_file(order, by=self.caller.actor, repeat=repeat)
        response = sent(answer)
        response["Location"] = f"{request.path}{answer.data['id']}/"
        return response


class OneSalesFile(ApiView):
    needs: ClassVar[dict[str, Need]] = {"GET": READ_FILES}

    @extend_schema(
        operation_id="get_sales_file",
        summary="One sales file: how far it is, what it changes, and what somebody has to look at",
        tags=["late sales"],
        responses=openapi.answers(WholeSalesFileJson),
    )
    def get(self, request: Request, file: UUID) -> HttpResponseBase:
        del request
        return Response(present_whole_file(find_file(self.caller, file)))


class BookSalesFile(ApiView):
    needs: ClassVar[dict[str, Need]] = {"POST": TAKE_FILES}

    @extend_schema(
        operation_id="book_sales_file",
        summary="Book a sales file that was checked",
        description=(
            "Answered at once; a worker books the differences as they are then. Also of one that broke off: it goes "
            "on with the rest."
        ),
        tags=["late sales"],
        parameters=openapi.idempotent(),
        request=Typed(SalesFileStep),
        responses=openapi.changes(SalesFileJson, status=202),
    )
    def post(self, request: Request, file: UUID) -> HttpResponseBase:
        repeat = repeat_of(request, self.caller.scope)
        body = self.body(SalesFileStep)
        row = find_file(self.caller, file)
        return sent(
            book_checked_file(row.pk, by=self.caller.actor, reason=body.reason, repeat=repeat)
        )


class UndoSalesFile(ApiView):
    needs: ClassVar[dict[str, Need]] = {"POST": TAKE_FILES}

    @extend_schema(
        operation_id="undo_sales_file",
        summary="Undo a sales file that was booked",
        description=(
            "Answered at once; a worker refunds what the file has added and sells again what it has taken back, at the "
            "prices of before. What later files have changed stays. Also of one that broke off."
        ),
        tags=["late sales"],
        parameters=openapi.idempotent(),
        request=Typed(SalesFileStep),
        responses=openapi.changes(SalesFileJson, status=202),
    )
    def post(self, request: Request, file: UUID) -> HttpResponseBase:
        repeat = repeat_of(request, self.caller.scope)
        body = self.body(SalesFileStep)
        row = find_file(self.caller, file)
        return sent(
            undo_booked_file(row.pk, by=self.caller.actor, reason=body.reason, repeat=repeat)
        )


def find_files(caller: Caller, query: SalesFilesQuery) -> QuerySet[SalesFile]:
    return pages.newest_first(_seen(caller, query.channel), query, state=query.state)


def find_file(caller: Caller, uuid: UUID) -> SalesFile:
    """Raises ``NotFoundError`` for one that is not the caller's, as for one that is not."""
    file = _seen(caller, None).filter(uuid=uuid).first()
    if file is None:
        raise NotFoundError("There is no such sales file.", field="id")
    return file


def _seen(caller: Caller, channel: int | None) -> QuerySet[SalesFile]:
    seen = SalesFile.objects.filter(caller.late(channel))
    return seen.select_related("mapping").defer("content")
