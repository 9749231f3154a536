"""A mailing as a message: its table in the mail, the file beside it, and where the whole of it stands."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from alerts.models import Endpoint, Mailing
from alerts.transports.lines import line
from alerts.transports.message import Attachment, Content, MailCell, MailTable, Section


def mailing_content(mailing: Mailing, endpoint: Endpoint, now: datetime) -> Content:
    link = settings.PUBLIC_URL + mailing.path
    section = Section(
        title=line(mailing.subject, 200),
        place=line(mailing.venue.name, 100),
        reason=line(mailing.lead, 300),
        link=link,
        table=MailTable(
            tuple((line(title, 100), bool(is_number)) for title, is_number in mailing.columns),
            tuple(_cells(mailing, row) for row in mailing.rows),
            tuple(_cells(mailing, row) for row in mailing.totals),
            line(mailing.more, 200),
        ),
        data={"venue": mailing.venue.name, "url": link},
    )
    files: tuple[Attachment, ...] = ()
    if mailing.file is not None:
        files = (Attachment(mailing.file_name, bytes(mailing.file)),)
    return Content(
        kind="report",
        at=now,
        subject=line(mailing.subject, 200),
        sections=(section,),
        foot=_foot(mailing, endpoint),
        open_label=_("Open the report"),
        files=files,
    )


def _cells(mailing: Mailing, row: Sequence[str]) -> tuple[MailCell, ...]:
    return tuple(
        MailCell(line(text, 200), "right" if is_number else "left")
        for text, (_title, is_number) in zip(row, mailing.columns, strict=True)
    )


def _foot(mailing: Mailing, endpoint: Endpoint) -> str:
    if endpoint.person_id is not None:
        return _("You get this report because a schedule of %s names you.") % line(
            mailing.venue.name, 100
        )
    return _("This address gets the report because a schedule of %s names it.") % line(
        mailing.venue.name, 100
    )
