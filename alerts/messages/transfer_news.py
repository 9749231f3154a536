"""What has become of a transfer, for the partner of one of its two channels."""

from datetime import datetime

from django.utils.translation import gettext as _

from alerts.models import Endpoint
from alerts.quantities import units
from alerts.transports.lines import line
from alerts.transports.message import Content, Section
from transfers import words as transfer_words
from transfers.enums import ChangeKind, TransferStatus
from transfers.models import Transfer, TransferNotice
from transfers.partner_requests import present
from transfers.partner_view import Partner, partner_of


def transfer_content(
    notice: TransferNotice, endpoint: Endpoint, now: datetime, foot: str
) -> Content:
    """In words that name no other channel. The data is what the API answers."""
    if notice.step is None:
        return _change_content(notice, now, foot)
    status, transfer = TransferStatus(notice.step.status), notice.step.transfer
    partner = partner_of(endpoint.channel_id or 0, [transfer.pool_id])
    event = transfer.event
    title = line(_title(status, transfer, partner))
    start = transfer_words.moment(event.starts_at, event.venue.zone)
    section = Section(
        title=title,
        place=line(f"{event.name}, {start} · {event.venue.name}"),
        reason=line(_why(status, transfer, partner), 600),
        numbers=_numbers(transfer, partner),
        data=dict(present(transfer, partner)),
    )
    return Content(
        kind=f"transfer.{status.lower()}",
        at=now,
        subject=line(f"{title} – {line(event.name, 60)}", 200),
        sections=(section,),
        foot=foot,
    )


def _change_content(notice: TransferNotice, now: datetime, foot: str) -> Content:
    """What has become of the channel's own part, by another change than a transfer."""
    change = notice.change
    if change is None:  # the database has either
        raise ValueError(notice.pk)
    event = change.event
    title = line(_("What you may sell of %s has changed") % event.name)
    start = transfer_words.moment(event.starts_at, event.venue.zone)
    # Of a plan the reason is written for partners; of other changes it is the venue's own.
    reason = change.reason if change.kind == ChangeKind.PLAN else ""
    section = Section(
        title=title,
        place=line(f"{event.name}, {start} · {event.venue.name}"),
        reason=line(reason, 600),
        numbers=tuple(
            (
                line(own["name"]),
                _("%(before)s before, %(after)s now")
                % {name: units(own[name]) for name in ("before", "after")},
            )
            for own in notice.parts
        ),
        data={
            "event": change.event_id,
            "channel": notice.channel_id,
            "pools": [
                {name: own[name] for name in ("pool", "before", "after")} for own in notice.parts
            ],
        },
    )
    return Content(
        kind="allocation.changed",
        at=now,
        subject=line(f"{title} – {start}", 200),
        sections=(section,),
        foot=foot,
    )


def _title(status: TransferStatus, transfer: Transfer, partner: Partner) -> str:
    gives = partner.is_source(transfer)
    values = {
        "units": units(transfer.moved or transfer.units),
        "pool": transfer.pool.name,
        "other": partner.counterpart(transfer),
    }
    if status == TransferStatus.EXECUTED:
        text = (
            _("%(units)s of %(pool)s have gone from you to %(other)s")
            if gives
            else _("%(units)s of %(pool)s have come to you from %(other)s")
        )
        return text % values
    values["request"] = (
        _("Your offer to give back %(units)s of %(pool)s")
        if gives
        else _("Your request for %(units)s of %(pool)s")
    ) % values
    match status:
        case TransferStatus.REJECTED:
            return _("%(request)s is rejected") % values
        case TransferStatus.CANCELLED:
            return _("%(request)s is withdrawn") % values
        case TransferStatus.LAPSED:
            return _("%(request)s has lapsed: nobody decided in time") % values
        case TransferStatus.FAILED:
            return _("%(request)s could not be carried out") % values
        case _other:
            return f"{values['request']}: {status.label}"


def _why(status: TransferStatus, transfer: Transfer, partner: Partner) -> str:
    if status == TransferStatus.FAILED:
        return partner.failure(transfer)
    note = partner.note(transfer)
    if status == TransferStatus.EXECUTED:
        return " ".join(filter(None, (partner.reason(transfer), note)))
    return note


def _numbers(transfer: Transfer, partner: Partner) -> tuple[tuple[str, str], ...]:
    own = partner.numbers(transfer, transfer.outcome)
    if transfer.moved is None or "quantity_after" not in own:
        return ()
    return (
        (_("Before"), units(own["quantity"])),
        (_("Your part now"), units(own["quantity_after"])),
    )
