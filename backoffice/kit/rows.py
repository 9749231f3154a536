"""How a stock row is called on the pages of its pool."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t

from allocations.enums import DocumentKind, StockKind
from allocations.models import AllocationPlan, Stock
from allocations.selectors import channels_of_keys, key_name
from backoffice.kit.form_fields import OneObject
from backoffice.kit.links import object_link, page_link, reader_opens
from common.spoken_number import spoken
from common.text import number
from events.models import Pool

if TYPE_CHECKING:
    from django.forms import BaseForm


def name_of(row: Stock) -> str:
    """A row's name inside its pool."""
    if row.kind == StockKind.CHANNEL:
        return str(row.channel)
    if row.kind == StockKind.KILLED:
        return _t("Out of sale")
    return row.name or _t("Open stock")


def name_and_free(row: Stock) -> str:
    return _t("%(name)s – %(free)s free") % {"name": name_of(row), "free": number(row.free)}


def offer_rows(form: "BaseForm", pool: Pool) -> None:
    """Have the fields ``source`` and ``target`` offer the pool's rows, each with what is free of it."""
    rows = (
        Stock.objects.filter(pool=pool)
        .exclude(kind=StockKind.KILLED)
        .select_related("channel", "pool")
        .order_by("-kind", "name", "channel__name")
    )
    for name in ("source", "target"):
        field = cast("OneObject", form.fields[name])
        field.queryset = rows
        field.naming = name_and_free


def row_link(row: Stock) -> SafeString:
    return object_link(row, name_of(row) if row.pool_id else str(row))


def key_link(number: int, channels: Mapping[int, str] | None = None) -> SafeString:
    """To the page of an API key, called by its channel; ``channels`` names those of a whole list."""
    names = channels_of_keys([number]) if channels is None else channels
    return page_link("partners.apikey", number, key_name(number, names))


def maker_of(document: Any) -> str:
    """Who has made a document of a channel: a key of the channel, a person, or the program itself."""
    if document.api_key_id:
        return key_link(document.api_key_id, {document.api_key_id: document.channel.name})
    return str(document.user) if document.user else _t("System")


def transfer_link(number: int) -> SafeString:
    """To the page of a transfer, which says who asked for it and why; of an app further left."""
    return page_link("transfers.transfer", number, _t("Transfer %d") % number)


def block_link(number: int) -> SafeString:
    """To the page of a lease, by its number in the ledger."""
    return page_link("sales.block", number, _t("Lease %s") % spoken(number))


def hold_link(number: int) -> SafeString:
    """To the page of a named hold, by its number in the ledger."""
    return page_link("sales.namedhold", number, _t("Named hold %s") % spoken(number))


def kill_link(number: int) -> SafeString:
    """To the page of what was taken out of sale, by its number in the ledger."""
    return page_link("allocations.kill", number, _t("Out of sale %d") % number)


def open_conflicts_link(channel_id: int | None) -> SafeString | str:
    """To the queue of what a channel has sold late and has no stock."""
    if not reader_opens("offline.conflict"):
        return "–"
    query = urlencode({"status__exact": "OPEN", "channel__id__exact": channel_id or ""})
    address = f"{reverse('admin:offline_conflict_changelist')}?{query}"
    return format_html('<a class="finlo-link" href="{}">{}</a>', address, _t("Those that are open"))


def plan_link(plan: AllocationPlan) -> SafeString:
    """To the page of a plan's version."""
    return format_html(
        '<a class="finlo-link" href="{}">{}</a>',
        reverse("admin:events_pool_plan_version", args=(plan.pool_id, plan.version)),
        _t("Plan, version %d") % (plan.version or 0),
    )


def movements_of(**lookups: object) -> str:
    """The address of the ledger's lines that fit."""
    query = urlencode({name: str(value) for name, value in lookups.items()})
    return f"{reverse('admin:allocations_movement_changelist')}?{query}"


def movements_of_pool(pool: Pool) -> tuple[str, str]:
    """A link for what was just done to a pool."""
    return _t("See the movements"), movements_of(stock__pool__id__exact=pool.pk)


def movements_of_booking(number: int) -> str:
    """The address of what the ledger has of a booking, by its number there."""
    return movements_of(document_kind=DocumentKind.BOOKING, document_id=number)


def movements_of_block(number: int) -> str:
    """The same of a lease."""
    return movements_of(document_kind=DocumentKind.BLOCK, document_id=number)


def movements_of_kill(number: int) -> str:
    """The same of what was taken out of sale."""
    return movements_of(document_kind=DocumentKind.KILL, document_id=number)


def movements_of_hold(number: int) -> str:
    """The same of a named hold."""
    return movements_of(document_kind=DocumentKind.NAMED_HOLD, document_id=number)
