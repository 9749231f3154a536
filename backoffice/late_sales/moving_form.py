"""The dialog that takes units of another row of the pool for a conflict, and books it."""

from collections.abc import Sequence
from typing import cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.kit.dialogs import Change, TwoReasonsForm
from backoffice.kit.form_fields import OneOf
from backoffice.kit.rows import name_of
from backoffice.late_sales.booking_forms import MissingForm, booked
from backoffice.late_sales.evidence import with_free_units
from backoffice.transfers.decision_pages import perhaps_sold
from common.text import local_time, number
from offline.enums import ConflictStatus, Resolution
from offline.resolving import Missing
from transfers import words
from transfers.policy import policy_of
from transfers.preview import Outlook, outlook
from transfers.services import Wish

_FROM = "from_"


class MoveForm(MissingForm, TwoReasonsForm):
    """Asks of each pool that lacks units who gives them. Partners read the reason, as of each transfer."""

    def prepare(self) -> None:
        super().prepare()
        for lack in self.missing():
            self.fields[f"{_FROM}{lack.row.pool_id}"] = self._who_gives(lack)
        self.order_fields([name for name in self.fields if name.startswith(_FROM)])

    def _who_gives(self, lack: Missing) -> OneOf:
        pool_id = lack.row.pool_id or 0
        field = OneOf(
            _t("Who gives %(units)s units of %(pool)s")
            % {"units": number(lack.units), "pool": lack.row.pool}
        )
        rows = [
            (
                str(row.id),
                _t("%(name)s – %(free)s free")
                % {
                    "name": self.picture.row_name(row),
                    "free": number(self.picture.numbers(row.id).free),
                },
            )
            for row in with_free_units(self.picture, pool_id)
            if row.id != lack.row.pk and self.picture.numbers(row.id).free >= lack.units
        ]
        cast("forms.ChoiceField", field).choices = [("", _("Select value")), *rows]
        if not rows:
            field.help_text = _t("Nobody in the pool has so many free units.")
        return field

    def sources(self) -> list[int]:
        return [int(row_id) for name, row_id in self.cleaned_data.items() if name.startswith(_FROM)]

    def changes(self) -> Sequence[Change]:
        missing = self.require_missing()
        changes: list[Change] = []
        needs = False
        for lack in missing:
            source_id = int(self.cleaned_data[f"{_FROM}{lack.row.pool_id}"])
            reason = self.cleaned_data.get("reason") or "–"  # a preview does not ask why yet
            wish = Wish(source_id, lack.row.pk, lack.units, reason, despite_stop=True)
            prospect = outlook(wish, now=timezone.now())
            needs = needs or bool(prospect.needs)
            free = prospect.source.free
            label = _t("%s, free") % name_of(prospect.source)
            changes += [
                Change(label, free, free - prospect.units),
                *perhaps_sold(prospect.perhaps_sold),
                Change(_("When"), self._when(prospect)),
            ]
        how = _t("Open, until the units are approved") if needs else Resolution.MOVED.label
        return [
            Change(_("Conflict"), ConflictStatus.OPEN.label, how),
            *(booked(self.picture, self.wanted()) if not needs else ()),
            *changes,
        ]

    def _when(self, prospect: Outlook) -> str:
        if not prospect.needs:
            return _t("At once: nobody has to approve it.")
        event = prospect.source.event
        return _t("Once it is approved, until %(until)s. %(why)s") % {
            "until": local_time(prospect.lapses_at, event.venue.zone),
            "why": " ".join(
                words.needs(prospect.needs, policy_of(event), prospect.source, prospect.target)
            ),
        }
