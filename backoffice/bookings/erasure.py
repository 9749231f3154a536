"""The page on which contacts are found and erased, and the receipts."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.models import User
from accounts.selectors import within_venues
from backoffice.kit.dialogs import actor_of
from backoffice.kit.form_fields import Text
from backoffice.kit.forms import ReasonField, add_refusal
from backoffice.kit.links import page_link
from backoffice.kit.scope import ScopedReadOnlyAdmin
from common.errors import RefusedError
from common.spoken_number import spoken
from common.text import local_time
from sales.erasure import MAX_AT_ONCE, erase_contacts, find_contacts, find_guests, names_one
from sales.models import Booking, ContactErasure, Guest
from sales.selectors import ERASE


class FindForm(forms.Form):
    contact = Text(
        _("E-mail address, telephone number, full name, or booking number"),
        max_length=254,
        help_text=_("Type it in full. It is sent to this page alone and stored nowhere."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"].widget.attrs["autofocus"] = True


class EraseForm(forms.Form):
    bookings = forms.CharField(widget=forms.HiddenInput, required=False)
    guests = forms.CharField(widget=forms.HiddenInput, required=False)
    reason = ReasonField()

    def clean_bookings(self) -> list[int]:
        """The chosen rows; they are looked up again among those the person may see."""
        return _rows(self.cleaned_data["bookings"])

    def clean_guests(self) -> list[int]:
        return _rows(self.cleaned_data["guests"])


def _rows(text: str) -> list[int]:
    rows = text.split(",") if text else []
    if len(rows) > MAX_AT_ONCE or not all(row.isdecimal() and len(row) < 19 for row in rows):  # noqa: PLR2004 - digits of a row's number
        raise forms.ValidationError(_t("Look for the contact once more."))
    return [int(row) for row in rows]


def show(request: HttpRequest, model_admin: Any) -> HttpResponseBase:
    """Find bookings by their contact; then erase it. By POST alone: no address is to hold a name."""
    if not request.user.has_perm(ERASE):
        raise PermissionDenied
    user = cast("User", request.user)
    visible = Booking.objects.filter(within_venues(user, "event__venue"))
    lists = Guest.objects.filter(within_venues(user, "block__event__venue"))
    if "bookings" in request.POST:
        form = EraseForm(request.POST)
        if form.is_valid():
            queryset = visible.filter(pk__in=form.cleaned_data["bookings"])
            try:
                receipts = erase_contacts(
                    booking_ids=list(queryset.values_list("pk", flat=True)),
                    guest_ids=list(
                        lists.filter(pk__in=form.cleaned_data["guests"]).values_list(
                            "pk", flat=True
                        )
                    ),
                    by=actor_of(request),
                    reason=form.cleaned_data["reason"],
                )
            except RefusedError as error:
                add_refusal(form, error, {})
            else:
                return _done(request, receipts)
        return _page(request, model_admin, FindForm(), form)
    find = FindForm(request.POST or None)
    if not find.is_valid():
        return _page(request, model_admin, find, None)
    rows = find_contacts(find.cleaned_data["contact"], visible).select_related("event", "channel")
    bookings = list(rows[: MAX_AT_ONCE + 1])
    named = find_guests(find.cleaned_data["contact"], lists).select_related("block__event")
    guests = list(named[: MAX_AT_ONCE + 1])
    if len(bookings) + len(guests) > MAX_AT_ONCE:
        find.add_error("contact", _t("More than %d bookings have it: be more exact.") % MAX_AT_ONCE)
        return _page(request, model_admin, find, None)
    chosen = {
        name: ",".join(str(row.pk) for row in rows)
        for name, rows in (("bookings", bookings), ("guests", guests))
    }
    return _page(request, model_admin, find, EraseForm(initial=chosen), bookings, guests)


def _done(request: HttpRequest, receipts: list[ContactErasure]) -> HttpResponse:
    count = sum(len(receipt.booking_ids) for receipt in receipts)
    text = _t("Contacts erased from %d bookings.") % count
    if guests := sum(len(receipt.guest_ids) for receipt in receipts):
        text += " " + _t("Guests erased from lists: %d.") % guests
    messages.success(request, text)
    if len(receipts) == 1:
        return redirect("admin:sales_contacterasure_change", receipts[0].pk)
    return redirect("admin:sales_contacterasure_changelist")


def _page(
    request: HttpRequest,
    model_admin: Any,
    find: FindForm,
    erase: EraseForm | None,
    bookings: list[Booking] | None = None,
    guests: list[Guest] | None = None,
) -> HttpResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Erase contacts"),
        "find": find,
        "form": erase,
        "bookings": bookings,
        "guests": guests,
        "nothing": _nothing_found(find) if bookings == [] and not guests else "",
        "receipts": reverse("admin:sales_contacterasure_changelist"),
    }
    return render(request, "admin/erase_contacts.html", context)


def _nothing_found(find: FindForm) -> str:
    if names_one(find.cleaned_data["contact"]):
        return _t("No contact is stored for this booking, or you may not see it.")
    return _t("No booking that you may see has this contact.")


class ContactErasureAdmin(ScopedReadOnlyAdmin):
    """What was erased, for whoever has to show that it was."""

    venue_path = "venue"
    related = ("venue", "user")
    list_display = ("receipt", "venue", "when", "count", "who", "reason")
    sortable_by = ()
    readonly_fields = ("receipt", "when", "who", "bookings", "guests", "note")
    fieldsets = (
        (None, {"fields": ("receipt", "venue", "when", "who", "reason")}),
        (_("What was erased"), {"fields": ("bookings", "guests", "answers", "note")}),
    )

    @display(description=_("receipt"))
    def receipt(self, erasure: ContactErasure) -> str:
        return str(erasure)

    @display(description=_("erased"))
    def when(self, erasure: ContactErasure) -> str:
        return local_time(erasure.at, erasure.venue.zone)

    @display(description=_("bookings"))
    def count(self, erasure: ContactErasure) -> int:
        return len(erasure.booking_ids)

    @display(description=_("who"))
    def who(self, erasure: ContactErasure) -> str:
        return str(erasure.user or _t("System"))

    @display(description=_("bookings"))
    def bookings(self, erasure: ContactErasure) -> Any:
        links = ((page_link("sales.booking", pk, spoken(pk)),) for pk in erasure.booking_ids)
        return format_html_join(", ", "{}", links)

    @display(description=_("guests on lists"))
    def guests(self, erasure: ContactErasure) -> int:
        return len(erasure.guest_ids)

    @display(description=_("what stays"))
    def note(self, erasure: ContactErasure) -> Any:
        del erasure
        return format_html(
            "{}",
            _t(
                "The bookings stay, with items, prices and the seller's reference, and lists of guests keep their numbers. The receipt"
                " names nobody. The channel that sold them may keep a copy of its own."
            ),
        )
