"""Every page of the back office. Django reads this file, and no other one registers a page."""

from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model

from accounts.models import User
from alerts.models import Alert, AlertRule, AlertTeam, Delivery, Endpoint
from allocations.models import Kill, Listing, Movement, SalesChannel, Stock
from backoffice.alerts.alert import AlertAdmin
from backoffice.alerts.delivery import DeliveryAdmin
from backoffice.alerts.endpoint import EndpointAdmin
from backoffice.alerts.rule import AlertRuleAdmin
from backoffice.alerts.team import AlertTeamAdmin
from backoffice.bookings.booking import BookingAdmin
from backoffice.bookings.erasure import ContactErasureAdmin
from backoffice.channels.channel import ChannelAdmin
from backoffice.events.event import EventAdmin
from backoffice.holds.hold import NamedHoldAdmin
from backoffice.imports.actions import add_exports
from backoffice.imports.runs import ImportRunAdmin
from backoffice.keys.key import ApiKeyAdmin
from backoffice.late_sales.conflict import ConflictAdmin
from backoffice.late_sales.lease import LeaseAdmin
from backoffice.late_sales.sales_file import SalesFileAdmin
from backoffice.late_sales.sync import SyncAdmin
from backoffice.listings.item import ItemAdmin
from backoffice.listings.listing import ListingAdmin
from backoffice.lists.view import SavedViewAdmin
from backoffice.people.person import (
    AccessAttemptAdmin,
    AccessFailureLogAdmin,
    AccessLogAdmin,
    PersonAdmin,
    RoleAdmin,
)
from backoffice.reports.schedule import ReportScheduleAdmin
from backoffice.stock.kills import KillAdmin
from backoffice.stock.ledger import MovementAdmin, StockAdmin
from backoffice.stock.pool import PoolAdmin
from backoffice.transfers.change import ChangeRequestAdmin
from backoffice.transfers.policy import TransferPolicyAdmin
from backoffice.transfers.rule import TransferRuleAdmin
from backoffice.transfers.transfer import TransferAdmin
from backoffice.venues.venue import SeriesAdmin, VenueAdmin
from backoffice.whatif.run import WhatIfAdmin
from events.models import Event, Item, Pool, Series, Venue
from exchange.models import ImportRun
from offline.models import Conflict, SalesFile, Sync
from partners.models import ApiKey
from planning.models import ReportSchedule, SavedView, WhatIfRun
from sales.models import Block, Booking, ContactErasure, NamedHold
from transfers.models import ChangeRequest, Transfer, TransferPolicy, TransferRule

PAGES: dict[type[Model], "type[admin.ModelAdmin[Any]]"] = {
    User: PersonAdmin,
    Group: RoleAdmin,
    AccessAttempt: AccessAttemptAdmin,
    AccessLog: AccessLogAdmin,
    AccessFailureLog: AccessFailureLogAdmin,
    Venue: VenueAdmin,
    Series: SeriesAdmin,
    SalesChannel: ChannelAdmin,
    Event: EventAdmin,
    Pool: PoolAdmin,
    Item: ItemAdmin,
    Listing: ListingAdmin,
    Stock: StockAdmin,
    Movement: MovementAdmin,
    Kill: KillAdmin,
    Booking: BookingAdmin,
    ContactErasure: ContactErasureAdmin,
    NamedHold: NamedHoldAdmin,
    Block: LeaseAdmin,
    Sync: SyncAdmin,
    Conflict: ConflictAdmin,
    SalesFile: SalesFileAdmin,
    Transfer: TransferAdmin,
    ChangeRequest: ChangeRequestAdmin,
    TransferPolicy: TransferPolicyAdmin,
    TransferRule: TransferRuleAdmin,
    Alert: AlertAdmin,
    AlertRule: AlertRuleAdmin,
    AlertTeam: AlertTeamAdmin,
    Endpoint: EndpointAdmin,
    Delivery: DeliveryAdmin,
    ApiKey: ApiKeyAdmin,
    ImportRun: ImportRunAdmin,
    WhatIfRun: WhatIfAdmin,
    ReportSchedule: ReportScheduleAdmin,
    SavedView: SavedViewAdmin,
}
# Made by packages whose pages ours replace.
REPLACED = (Group, AccessAttempt, AccessLog, AccessFailureLog)

admin.site.unregister(REPLACED)
for model, page in PAGES.items():
    admin.site.register(model, page)
add_exports(admin.site)
