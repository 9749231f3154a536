"""The teams and alert rules that a new venue begins with; ``alerts.services.begin_venues`` makes them."""

from dataclasses import dataclass, field
from typing import Any

from alerts.enums import Kind, Per, Severity, Unit
from alerts.kinds import KINDS
from alerts.models.team import TEAM_ROLES
from alerts.velocity import MIN_UNITS

VENUE_MANAGER, BOX_OFFICE, PARTNER_MANAGER, FINANCE = TEAM_ROLES
TEAMS = {
    VENUE_MANAGER: "Venue managers",
    BOX_OFFICE: "Box office",
    PARTNER_MANAGER: "Partner managers",
    FINANCE: "Finance",
}


@dataclass(frozen=True, slots=True)
class FirstRule:
    """A rule of all events of a venue, with the teams that are told. ``terms``: fields of ``AlertRule``."""

    name: str
    kind: Kind
    threshold: int
    teams: tuple[str, ...] = ()
    severity: Severity = Severity.WARNING
    cooldown_minutes: int = 60
    terms: dict[str, Any] = field(default_factory=dict)


RULES = (
    # Of low severity: when a pool sells out, all its channels do.
    FirstRule(
        "Channel nearly sold out",
        Kind.LOW_STOCK,
        5,
        severity=Severity.INFO,
        terms={
            "per": Per.CHANNEL,
            "unit": Unit.PERCENT,
            "hysteresis": 5,
            "tells_channel_team": True,
        },
    ),
    FirstRule(
        "Pool nearly sold out",
        Kind.LOW_STOCK,
        10,
        (VENUE_MANAGER, BOX_OFFICE),
        terms={"per": Per.POOL, "unit": Unit.PERCENT, "hysteresis": 5},
    ),
    FirstRule("Nearly all committed", Kind.OVERSELL_RISK, 98, (FINANCE,), terms={"hysteresis": 1}),
    FirstRule(
        "Unusual velocity",
        Kind.VELOCITY,
        MIN_UNITS,
        (PARTNER_MANAGER,),
        cooldown_minutes=120,
        terms={**KINDS[Kind.VELOCITY].initial},
    ),
    FirstRule(
        "One channel sells, another does not",
        Kind.SELL_THROUGH_GAP,
        80,
        (PARTNER_MANAGER,),
        severity=Severity.INFO,
        cooldown_minutes=720,
        terms={"other_threshold": 20, "hysteresis": 5},
    ),
    FirstRule(
        "Transfer waits for approval",
        Kind.TRANSFER_WAITING,
        0,
        (VENUE_MANAGER,),
        terms={"escalate_minutes": 120},
    ),
    FirstRule(
        "Sync overdue",
        Kind.SYNC_OVERDUE,
        60,
        (PARTNER_MANAGER,),
        terms={"tells_channel_team": True},
    ),
    FirstRule(
        "Sync conflict",
        Kind.SYNC_CONFLICT,
        1,
        (PARTNER_MANAGER,),
        terms={"tells_channel_team": True},
    ),
    FirstRule(
        "Payment overdue",
        Kind.PAYMENT_OVERDUE,
        1,
        (FINANCE,),
        severity=Severity.INFO,
        cooldown_minutes=720,
    ),
    FirstRule("Messages cannot be delivered", Kind.DELIVERY_FAILING, 3, (VENUE_MANAGER,)),
)
