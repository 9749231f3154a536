"""The dialogs that postpone an event and copy it to other dates."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldBooleanSwitchWidget

from allocations.blueprint import Blueprint
from allocations.copying import MAX_DATES, plan_copies
from allocations.models import Listing, Stock
from allocations.postponing import Move, Owner, label_of, of_moves, plan_postponement
from backoffice.kit.dialogs import Change, DialogForm, at_once
from backoffice.kit.form_fields import Moment, OneOf, WholeNumber
from common.clock import UnclearTimeError, moment_of
from common.text import local_time, number
from events.consequences import of_new
from events.models import Event, Item, Series
from events.models.moments import validate_moment
from events.shifting import Shift
from sales.cancellation import tally
from sales.services import holds_that_move

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SHIFT, KEEP = "shift", "keep"
ONCE, DAILY, WEEKLY = "once", "daily", "weekly"
STEPS = {ONCE: timedelta(0), DAILY: timedelta(days=1), WEEKLY: timedelta(days=7)}


class PostponeForm(DialogForm):
    starts_at = Moment(_("New start"), validators=[validate_moment])
    windows = OneOf(
        _("Sales and drawing windows that lie ahead"),
        choices=((SHIFT, _("Move along with the event")), (KEEP, _("Stay as they are"))),
        initial=SHIFT,
        help_text=_("What is past stays. The end of the event always moves along."),
    )

    rests_on = ("starts_at",)

    def prepare(self) -> None:
        self.fields["starts_at"].initial = self.subject.starts_at
        self.fields["starts_at"].help_text = self.subject.venue.time_zone

    @property
    def shift_windows(self) -> bool:
        return bool(self.cleaned_data["windows"] == SHIFT)

    def summary(self) -> list[tuple["StrOrPromise", object]]:
        entries = tally(self.subject.pk)
        return [
            (_("Starts"), local_time(self.subject.starts_at, self.subject.venue.zone)),
            (_("Bookings that stay valid"), sum(entry.bookings for entry in entries)),
            (_("Their tickets"), sum(entry.tickets_sold for entry in entries)),
            (_("Holds that stay"), sum(entry.holds for entry in entries)),
            (
                _("Tickets of leases and named holds that stay"),
                sum(entry.tickets_leased for entry in entries),
            ),
        ]

    def changes(self) -> Sequence[Change]:
        moves = plan_postponement(
            self.subject,
            self.cleaned_data["starts_at"],
            now=timezone.now(),
            shift_windows=self.shift_windows,
        )
        zone = self.subject.venue.zone
        groups: dict[tuple[type[Owner], str, datetime, datetime], list[Move]] = {}
        for move in moves:
            key = (type(move.owner), move.field, move.before, move.after)
            groups.setdefault(key, []).append(move)
        return [
            *(
                Change(_label(group), local_time(before, zone), local_time(after, zone))
                for (_kind, _field, before, after), group in groups.items()
            ),
            *self._of_holds(),
            *at_once(of_moves(self.subject, moves, timezone.now())),
        ]

    def _of_holds(self) -> Sequence[Change]:
        """Their ends move along with the windows."""
        starts_at = self.cleaned_data["starts_at"]
        count = (
            holds_that_move(self.subject, starts_at, timezone.now()) if self.shift_windows else 0
        )
        words = ngettext("%s moves along", "%s move along", count) % number(count)
        return [Change(_("Ends of named holds"), words)] if count else []


def _label(moves: Sequence[Move]) -> str:
    """Whose moment it is; many of one kind that move alike are counted."""
    owner, label = moves[0].owner, label_of(moves[0].field)
    if isinstance(owner, Event):
        return label.capitalize()
    kinds = {Item: _t("items"), Listing: _t("listings"), Stock: _t("channels' drawing windows")}
    if moves[0].field == "releases_at":
        kinds[Stock] = _t("allocations")
    name = str(owner) if len(moves) == 1 else f"{len(moves)} {kinds[type(owner)]}"
    return f"{name}, {label}"


class CopyForm(DialogForm):
    first = Moment(_("First date"), validators=[validate_moment])
    repeat = OneOf(
        _("Repeat"),
        choices=((ONCE, _("Only this date")), (DAILY, _("Every day")), (WEEKLY, _("Every week"))),
        initial=ONCE,
    )
    times = WholeNumber(
        _("Number of dates"),
        minimum=1,
        initial=1,
        required=False,
        help_text=format_lazy(
            _("How many dates in all, the first included; at most {most}."), most=MAX_DATES
        ),
    )
    further = forms.CharField(
        label=_("Further dates"),
        required=False,
        max_length=2_000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=_(
            "One date a line, such as 2027-01-31 19:30. Without a time: the time of the first date."
        ),
    )
    with_allocations = forms.BooleanField(
        label=_("With each channel's allocation"),
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=_("As it was set up. Otherwise all units start in the open stock."),
    )

    def prepare(self) -> None:
        event: Event = self.subject
        week = Shift(event.venue.zone, timedelta(days=7))
        self.fields["first"].initial = week.move(event.starts_at)
        self.fields["first"].help_text = event.venue.time_zone

    def clean_times(self) -> int:
        times = int(self.cleaned_data["times"] or 1)
        if times > MAX_DATES:
            raise ValidationError(
                _t("At most %(maximum)d dates at a time, not %(times)d."),
                params={"maximum": MAX_DATES, "times": times},
            )
        return times

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            try:
                data["starts"] = [*self._repeated(), *self._further()]
            except ValidationError as error:
                self.add_error("further", error)
        return data

    def _repeated(self) -> list[datetime]:
        first, step = self.cleaned_data["first"], STEPS[self.cleaned_data["repeat"]]
        times = self.cleaned_data["times"] if step else 1
        zone = self.subject.venue.zone
        local = first.astimezone(zone).replace(tzinfo=None, fold=0)
        return [first, *(_clear(local + step * number, zone) for number in range(1, times))]

    def _further(self) -> list[datetime]:
        zone = self.subject.venue.zone
        usual = self.cleaned_data["first"].astimezone(zone).time()
        starts = []
        for place, text in enumerate(self.cleaned_data["further"].splitlines(), start=1):
            if not text.strip():
                continue
            try:
                start = _moment_of(text.strip(), usual, zone)
            except UnclearTimeError as error:
                raise ValidationError(
                    _t("Line %(place)d, “%(text)s”: %(why)s"),
                    params={"place": place, "text": text.strip()[:40], "why": error.message},
                ) from error
            except (ValueError, OverflowError, ValidationError):
                raise ValidationError(
                    _t("Line %(place)d is no date at the venue: “%(text)s”."),
                    params={"place": place, "text": text.strip()[:40]},
                ) from None
            starts.append(start)
        return starts

    def changes(self) -> Sequence[Change]:
        event, starts = self.subject, self.cleaned_data["starts"]
        with_allocations = bool(self.cleaned_data["with_allocations"])
        now = timezone.now()
        blueprint, drafts = plan_copies(event, starts, now, with_allocations=with_allocations)
        parts = [
            (_t("pools"), len(blueprint.pools)),
            (_t("items"), len(blueprint.items)),
            (_t("components"), len(blueprint.components)),
            (_t("listings"), len(blueprint.listings)),
        ]
        return [
            *(Change(day_of(event, start), _t("a new draft")) for start in sorted(starts)),
            *self._series(),
            Change(_("Each gets"), ", ".join(f"{name}: {number}" for name, number in parts)),
            Change(
                _("Allocations"),
                _t("as they were set up")
                if with_allocations
                else _t("none: all in the open stock"),
            ),
            *_plans(blueprint, in_force=with_allocations),
            Change(_("Not copied"), _t("bookings, and what is stopped and why")),
            *at_once(
                f"{day_of(event, draft.starts_at)}: {sentence}"
                for draft in drafts
                for sentence in (
                    *of_new(draft, now),
                    *(blueprint.gone_back(draft, now) if with_allocations else ()),
                )
            ),
        ]

    def _series(self) -> list[Change]:
        event = self.subject
        if event.series_id is not None:
            return []
        series_exists = Series.objects.filter(venue_id=event.venue_id, name=event.name).exists()
        then = event.name if series_exists else _t("%s (new)") % event.name
        return [Change(_("Series, of this date as well"), _t("none"), then)]


def _plans(blueprint: Blueprint, *, in_force: bool) -> list[Change]:
    pools = [pool.name for pool in blueprint.pools if pool.pk in blueprint.plans]
    if not pools:
        return []
    then = _t("in force, with what they give") if in_force else _t("wait as drafts")
    return [Change(_("Plans"), f"{', '.join(pools)}: {then}")]


def _clear(local: datetime, zone: ZoneInfo) -> datetime:
    """The start of a repeated date. Raises ``ValidationError`` where it is not one moment."""
    try:
        return moment_of(local, zone)
    except UnclearTimeError as error:
        raise ValidationError(f"{local:%Y-%m-%d %H:%M}: {error.message}") from error


def _moment_of(text: str, usual: time, zone: ZoneInfo) -> datetime:
    """A date, or a date and a time, at the venue. Raises ``ValueError`` and its like for others."""
    if len(text) == len("2027-01-31"):
        moment = datetime.combine(date.fromisoformat(text), usual)
    elif ":" in text:
        moment = datetime.fromisoformat(text)
    else:  # 20270131 would be midnight
        raise ValueError(text)
    if moment.tzinfo is not None:
        raise ValueError(text)
    start = moment_of(moment, zone)
    validate_moment(start)
    return start


def day_of(event: Event, start: datetime) -> str:
    """A date by its day of the week, e.g. ``Sat 6 Feb 2027, 19:30 IST``."""
    zone = event.venue.zone
    return f"{date_format(start.astimezone(zone), 'D')} {local_time(start, zone)}"
