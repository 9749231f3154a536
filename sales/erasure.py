"""Erasing who bought or is a guest: wherever it stands, with a receipt that names nobody.

A buyer's contact stands with the booking, and for a day in the stored answers to requests about it; a guest's name, note
and contact on the list of a hold, and with the bookings that were handed out.
"""

import re
import uuid
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import CharField, F, Func, Q, QuerySet, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KT
from django.db.models.functions import Concat
from django.utils import timezone

from common.actor import Actor
from common.errors import InvalidInputError
from common.spoken_number import row_of
from idempotency.answers import rewrite_naming
from sales.models import Block, Booking, ContactErasure, Guest, HandOut

# More at once would keep others waiting for their locks.
MAX_AT_ONCE = 1_000
FEWEST_DIGITS = 7


def find_contacts(text: str, bookings: "QuerySet[Booking]") -> "QuerySet[Booking]":
    """Of ``bookings`` those with a contact that has this e-mail address, telephone or full name.

    Or the one that ``text`` names by its number. An address, a number and a name are compared
    whole, in any case of letters and with any spaces or signs in a telephone number.
    """
    bookings = bookings.filter(contact__isnull=False)
    text = " ".join(text.split())
    if not text:
        return bookings.none()
    if (row := row_of(text)) is not None:
        return bookings.filter(pk=row)
    if (number := _uuid_of(text)) is not None:
        return bookings.filter(uuid=number)
    condition = Q(contact__email_address__iexact=text) | Q(contact__full_name__iexact=text)
    bookings = bookings.annotate(
        whole_name=Concat(
            KT("contact__first_name"),
            Value(" "),
            KT("contact__last_name"),
            output_field=TextField(),
        )
    )
    condition |= Q(whole_name__iexact=text)
    if digits := _digits(text):
        bookings = bookings.annotate(digits=_only_digits(KT("contact__phone_number")))
        condition |= Q(digits__endswith=digits)
    return bookings.filter(condition).order_by("pk")


def find_guests(text: str, guests: "QuerySet[Guest]") -> "QuerySet[Guest]":
    """The same of ``guests``: those with this name, e-mail address or telephone number."""
    text = " ".join(text.split())
    if not text or names_one(text):
        return guests.none()
    condition = Q(name__iexact=text) | Q(contact__iexact=text)
    if digits := _digits(text):
        guests = guests.annotate(digits=_only_digits(F("contact")))
        condition |= Q(digits__endswith=digits) & ~Q(contact__contains="@")
    return guests.filter(condition, erased_at=None).order_by("pk")


def _digits(text: str) -> str:
    """Those of a telephone number; none of what is too short to be one."""
    digits = re.sub(r"\D", "", text)
    return digits if len(digits) >= FEWEST_DIGITS else ""


def _only_digits(text: Combinable) -> Func:
    return Func(
        text,
        Value(r"\D"),
        Value(""),
        Value("g"),
        function="regexp_replace",
        output_field=CharField(),
    )


def names_one(text: str) -> bool:
    """Whether ``text`` is the number of a booking, and not what a contact holds."""
    return row_of(text) is not None or _uuid_of(text) is not None


def _uuid_of(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text.strip())
    except ValueError:
        return None


def erase_contacts(
    *,
    booking_ids: Collection[int],
    by: Actor,
    reason: str,
    guest_ids: Collection[int] = (),
) -> list[ContactErasure]:
    """Erase the contact of bookings and of the answers stored for them, and guests; a receipt for each venue.

    With a guest go the contacts of the bookings that were handed out to the guest; lists keep their numbers.
    Bookings without a contact are left as they are. Raises ``InvalidInputError`` where none has one,
    where there are more than ``MAX_AT_ONCE``, and without a reason.
    """
    if not reason.strip():
        raise InvalidInputError("Say why the contacts are erased.", field="reason")
    if (count := len(booking_ids) + len(guest_ids)) > MAX_AT_ONCE:
        raise InvalidInputError(
            f"At most {MAX_AT_ONCE} contacts are erased at once, not {count}.",
            field="bookings",
        )
    with transaction.atomic():
        guests = _erase_guests(guest_ids)
        handed_out = HandOut.objects.filter(guest__in=guests).values("booking")
        bookings = list(
            Booking.objects.select_for_update(of=("self",))
            .filter(Q(pk__in=booking_ids) | Q(pk__in=handed_out), contact__isnull=False)
            .select_related("event")
            .order_by("pk")
        )
        if not bookings and not guests:
            raise InvalidInputError("None of these bookings has a contact.", field="bookings")
        Booking.objects.filter(pk__in=[booking.pk for booking in bookings]).update(
            contact=None, updated_at=Func(function="clock_timestamp")
        )
        answers = _erase_answers({str(booking.uuid) for booking in bookings})
        return ContactErasure.objects.bulk_create(_receipts(bookings, guests, answers, by, reason))


def _erase_guests(guest_ids: Collection[int]) -> list[Guest]:
    """With their holds locked, as by whoever writes on a list."""
    holds = Block.objects.filter(guests__in=list(guest_ids)).order_by("pk").distinct()
    hold_ids = list(holds.values_list("pk", flat=True))
    list(Block.objects.select_for_update(of=("self",)).filter(pk__in=hold_ids).order_by("pk"))
    guests = list(
        Guest.objects.filter(pk__in=guest_ids, erased_at=None).select_related("block__event")
    )
    Guest.objects.filter(pk__in=[guest.pk for guest in guests]).update(
        name="", note="", contact="", erased_at=Func(function="clock_timestamp")
    )
    return guests


def _receipts(
    bookings: Sequence[Booking],
    guests: Sequence[Guest],
    answers: Collection[str],
    by: Actor,
    reason: str,
) -> Iterable[ContactErasure]:
    now = timezone.now()
    events = [*(booking.event for booking in bookings), *(guest.block.event for guest in guests)]
    for venue_id in sorted({event.venue_id for event in events}):
        own = [booking for booking in bookings if booking.event.venue_id == venue_id]
        yield ContactErasure(
            venue_id=venue_id,
            at=now,
            user_id=by.user_id,
            reason=reason.strip(),
            booking_ids=[booking.pk for booking in own],
            guest_ids=[guest.pk for guest in guests if guest.block.event.venue_id == venue_id],
            answers=sum(str(booking.uuid) in answers for booking in own),
        )


def _erase_answers(uuids: set[str]) -> set[str]:
    """Take the contact out of stored answers; the bookings that had one there."""
    erased_uuids: set[str] = set()
    rewrite_naming(
        uuids, '"contact": {', lambda body: erased_uuids.update(_without_contact(body, uuids))
    )
    return erased_uuids


def _without_contact(body: Any, uuids: set[str]) -> set[str]:
    """Empty the contact of each booking in an answer; which ones had one."""
    if isinstance(body, list):
        return set().union(*(_without_contact(part, uuids) for part in body))
    if not isinstance(body, dict):
        return set()
    erased_uuids = set().union(*(_without_contact(part, uuids) for part in body.values()))
    if body.get("id") in uuids and body.get("contact") is not None:
        body["contact"] = None
        erased_uuids.add(body["id"])
    return erased_uuids
