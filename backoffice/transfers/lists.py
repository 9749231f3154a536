"""What the list of transfers shows and asks: all of them, or the queue of those to decide."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from backoffice.kit.links import object_link
from backoffice.kit.rows import key_link, name_of
from backoffice.transfers.comparison import Look
from common.text import local_time
from transfers.enums import TransferStatus
from transfers.models import Transfer
from transfers.selectors import count_waiting, waiting


class DecisionFilter(DropdownFilter):
    """Those that somebody has to decide."""

    title = _("decision")
    parameter_name = "decision"
    WAITING = "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        del request, model_admin
        return [(self.WAITING, _("Waits for approval"))]

    def queryset(
        self, request: HttpRequest, queryset: "QuerySet[Transfer]"
    ) -> "QuerySet[Transfer]":
        del request
        if self.value() != self.WAITING:
            return queryset
        return queryset.filter(waiting(timezone.now()))


def is_queue(request: HttpRequest) -> bool:
    return request.GET.get(DecisionFilter.parameter_name) == DecisionFilter.WAITING


def badge(request: HttpRequest) -> str:
    """How many wait at the person's venues; empty where none does."""
    count = count_waiting(request.user, timezone.now())
    return str(count) if count else ""


def route(transfer: Transfer) -> str:
    """``Hotel desk → Website``."""
    return f"{name_of(transfer.source)} → {name_of(transfer.target)}"


def units_told(transfer: Transfer) -> str:
    """What moved, and beside it what was asked for where that was more."""
    if transfer.moved is not None and transfer.moved != transfer.units:
        return _t("%(moved)s of %(asked)s") % {
            "moved": f"{transfer.moved:,}",
            "asked": f"{transfer.units:,}",
        }
    if transfer.up_to and transfer.status == TransferStatus.REQUESTED:
        return _t("Up to %s") % f"{transfer.units:,}"
    return f"{transfer.units:,}"


def asked_by(transfer: Transfer) -> SafeString | str:
    """Who asks: a person, a rule, a partner with its key."""
    if transfer.asking_channel is not None:
        partner = _t("Partner %s") % transfer.asking_channel
        if transfer.api_key_id is None:
            return partner
        channels = {transfer.api_key_id: transfer.asking_channel.name}
        return format_html("<div>{}, {}</div>", partner, key_link(transfer.api_key_id, channels))
    if transfer.rule is not None:
        return object_link(transfer.rule, _t("Rule “%s”") % transfer.rule)
    if transfer.requested_by is not None:
        return str(transfer.requested_by)
    if transfer.api_key_id is not None:
        return key_link(transfer.api_key_id)
    return transfer.get_origin_display()


def when(transfer: Transfer, moment: str) -> str:
    return local_time(getattr(transfer, moment), transfer.event.venue.zone)


def sides_seen(look: Look, *, small: bool = True) -> SafeString:
    """Both sides in numbers, and the picture."""
    return render_to_string(
        "admin/transfers/sides.html", {"look": look, "picture": look.picture, "small": small}
    )
