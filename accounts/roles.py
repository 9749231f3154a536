"""Who may do what: each role is a group, and this table is the only place that says so."""

from collections.abc import Collection

from django.db.models import TextChoices


class Role(TextChoices):
    VENUE_MANAGER = "Venue manager"
    BOX_OFFICE = "Box office"
    PARTNER_MANAGER = "Partner manager"
    FINANCE = "Finance"
    AUDITOR = "Auditor"
    PARTNER = "Partner"


VIEW = ("view",)
EDIT = ("view", "add", "change")
OWN = ("view", "add", "change", "delete")

SETUP = ("events.series", "events.event", "events.pool", "events.item", "events.component")
CHANNELS = ("allocations.saleschannel", "allocations.listing")
LEDGER = ("allocations.stock", "allocations.movement", "allocations.kill")
SALES = (
    "sales.booking",
    "sales.bookingline",
    "sales.paymentmark",
    "sales.eventcancellation",
    "sales.channelsettlement",
    "sales.block",
    "sales.blockline",
    "sales.namedhold",
    *("offline.sync", "offline.report", "offline.conflict", "offline.salesfile"),
)
TRANSFERS = (
    *("transfers.transfer", "transfers.changerequest"),
    *("transfers.transferpolicy", "transfers.transferrule"),
)
ALERTS = ("alerts.alert", "alerts.alertrule", "alerts.alertteam")
TILLS = ("boxoffice.shift", "boxoffice.payment")
# Addresses and what was sent to them: Slack's address lets whoever has it write there.
DELIVERIES = ("alerts.endpoint", "alerts.delivery")

# role → models → what may be done with them. Beyond Django's four verbs stand our own
# permissions, one for each kind of service that changes quantities or sales.
ROLES: dict[Role, dict[tuple[str, ...], tuple[str, ...]]] = {
    Role.VENUE_MANAGER: {
        ("events.venue",): ("view", "change"),
        SETUP: OWN,
        ("events.event",): ("cancel",),
        CHANNELS: OWN,
        LEDGER: VIEW,
        SALES: VIEW,
        ("partners.apikey", "exchange.importrun", "planning.whatifrun"): EDIT,
        ("allocations.stock",): ("view", "move", "resize"),
        ("allocations.kill",): ("view", "take"),
        ("sales.booking",): ("view", "sell", "refund", "settle", "erase"),
        ("sales.block",): ("view", "lease"),
        ("sales.namedhold",): ("view", "keep", "handout"),
        ("offline.conflict",): ("view", "resolve"),
        ("offline.salesfile",): ("view", "take"),
        ("sales.contacterasure",): VIEW,
        ("transfers.transferpolicy",): OWN,
        ("transfers.transferrule",): OWN,
        ("transfers.transfer",): ("view", "request", "approve"),
        ("transfers.changerequest",): VIEW,
        ("alerts.alertrule", "alerts.alertteam", "alerts.endpoint"): OWN,
        ("alerts.alert",): ("view", "handle"),
        ("alerts.delivery",): VIEW,
        ("golive.checklistrun",): ("view", "run", "sign"),
        ("planning.reportschedule",): OWN,
        ("boxoffice.shift",): ("view", "oversee"),
        ("boxoffice.payment",): ("view", "give_away"),
    },
    Role.BOX_OFFICE: {
        TILLS: VIEW,
        ("events.venue", *SETUP, *CHANNELS, *LEDGER, "golive.checklistrun"): VIEW,
        SALES: VIEW,
        ("sales.booking",): ("view", "sell", "refund"),
        ("sales.block",): ("view", "lease"),
        ("sales.namedhold",): ("view", "handout"),
        ("offline.conflict",): ("view", "resolve"),
        ("transfers.transfer",): ("view", "request"),
        ("transfers.changerequest",): VIEW,
        ALERTS: VIEW,
        ("alerts.alert",): ("view", "handle"),
    },
    Role.PARTNER_MANAGER: {
        ("events.venue", *SETUP): VIEW,
        CHANNELS: EDIT,
        LEDGER: VIEW,
        SALES: VIEW,
        ("allocations.stock",): ("view", "move"),
        ("offline.conflict",): ("view", "resolve"),
        ("offline.salesfile",): ("view", "take"),
        TRANSFERS: VIEW,
        ("transfers.transfer",): ("view", "request"),
        ("partners.apikey", "exchange.importrun"): EDIT,
        (*ALERTS, *DELIVERIES): VIEW,
        ("golive.checklistrun",): ("view", "run"),
        ("alerts.alert",): ("view", "handle"),
    },
    Role.FINANCE: {
        ("events.venue", *SETUP, *CHANNELS, *LEDGER, *SALES, *TRANSFERS, *ALERTS): VIEW,
        ("alerts.alert",): ("view", "handle"),
        ("planning.reportschedule",): VIEW,
        ("sales.booking",): ("view", "refund", "settle"),
        (*TILLS, "planning.whatifrun"): VIEW,
    },
    Role.AUDITOR: {
        ("events.venue", *SETUP, *CHANNELS, *LEDGER, *SALES, *TRANSFERS): VIEW,
        (*ALERTS, *DELIVERIES, "partners.apikey", "sales.contacterasure"): VIEW,
        ("golive.checklistrun",): VIEW,
        (*TILLS, "planning.whatifrun"): VIEW,
        ("planning.reportschedule",): VIEW,
    },
    # A partner's person signs in to the partner page; the admin is not for them.
    Role.PARTNER: {},
}


def permissions_of(role: Role) -> set[str]:
    """The permissions of a role as ``app.verb_model``."""
    return {
        f"{app}.{verb}_{model}"
        for models, verbs in ROLES[role].items()
        for app, model in (name.split(".") for name in models)
        for verb in verbs
    }


def may_sign_in(*, is_superuser: bool, roles: Collection[object]) -> bool:
    """Whether a person of these roles is let in at all; what he or she sees, the roles say."""
    return is_superuser or len(roles) > 0
