"""What answers about a channel's stock look like: its part, its changes, its transfers."""

from allocations.enums import Draws
from partners.api.schemas import (
    FLAG,
    ID,
    MOMENT,
    STRING,
    UUID,
    WHOLE,
    Schema,
    choice,
    nullable,
    record,
)
from transfers.enums import Need, TransferStatus
from transfers.partner_requests import Direction
from transfers.statement.account import LineKind
from transfers.statement.lines import Who

POOL_ITEM = record(
    "An item that the channel lists and that takes from the pool.",
    id=ID,
    name=STRING,
    units={**WHOLE, "description": "Units of the pool that one of it takes."},
    sellable={**WHOLE, "minimum": 0, "description": "As availability says it."},
)
DRAWS_ON = record(
    "The open stock of the pool, or the common stock of a group of channels.",
    kind=choice([Draws.GENERAL, Draws.GROUP]),
    name={**STRING, "description": "The group's; empty for the open stock of the pool."},
)
CHANNEL_PLAN = record(
    "What the plan in force gives the channel. Where stock or terms were changed after it, `text` "
    "says so.",
    version=WHOLE,
    utc_applied_at=MOMENT,
    reason=STRING,
    guaranteed_units={**WHOLE, "minimum": 0, "description": "After rounding."},
    guaranteed_percent=nullable(
        {"type": "string", "pattern": r"^[0-9]+\.[0-9]{2}$", "examples": ["30.00"]}
    )
    | {"description": "Null where the plan says a number."},
    utc_releases_at={
        **nullable(MOMENT),
        "description": "When what is unsold goes back. Null: never.",
    },
    draws_on={"oneOf": [DRAWS_ON, {"type": "null"}]},
    utc_draws_from=nullable(MOMENT),
    utc_draws_until=nullable(MOMENT),
    tier=WHOLE,
    ceiling={
        **nullable(WHOLE),
        "description": "The most that own and drawn units can be together.",
    },
    floor={**nullable(WHOLE), "description": "What stays when unsold units are moved."},
    is_dynamic={**FLAG, "description": "Whether unsold units may be moved to other channels."},
    note=STRING,
    changes={
        "type": "array",
        "items": STRING,
        "description": "What this version says otherwise than the one before, as sentences.",
    },
)
ALLOCATED_POOL = record(
    "A pool in which the channel has a part, perhaps an empty one.",
    id=ID,
    name=STRING,
    quantity={**WHOLE, "description": "The channel's units now: its own, and drawn ones."},
    held=WHOLE,
    sold=WHOLE,
    drawn={**WHOLE, "description": "How many of them it has drawn."},
    free={**WHOLE, "description": "Neither held nor sold."},
    items={"type": "array", "items": POOL_ITEM},
    plan={"oneOf": [CHANNEL_PLAN, {"type": "null"}]},
    text={"type": "array", "items": STRING, "description": "The same in plain language."},
)

STATEMENT_LINE = record(
    "A change of the channel's units, or of its drawing terms alone: then `units` is 0.",
    kind={
        **choice(list(LineKind)),
        "description": "`DRAWN` and `GIVEN_BACK` are what sales did, summed by the venue's days.",
    },
    text=STRING,
    utc_at={**MOMENT, "description": "Of a sum, when its last sale was."},
    utc_since={**nullable(MOMENT), "description": "Of a sum, when its first sale was."},
    units={**WHOLE, "description": "More, or fewer where it is negative."},
    balance={**WHOLE, "description": "Your units after it."},
    counterpart={**STRING, "description": "Where they came from, or went; no other's name."},
    who=choice(list(Who)),
    reason=STRING,
    note={**STRING, "description": "What was said to a request of yours."},
    transfer=nullable(UUID),
    plan_version=nullable(WHOLE),
)
BALANCE = record(
    "Your numbers at the end of the period.",
    quantity=WHOLE,
    held=WHOLE,
    sold=WHOLE,
    drawn=WHOLE,
    free=WHOLE,
)
POOL_STATEMENT = record(
    "A pool in which the channel has a part. `opening` and all `units` add up to `closing`.",
    id=ID,
    name=STRING,
    opening={**WHOLE, "description": "Your units when the period begins."},
    lines={"type": "array", "items": STATEMENT_LINE},
    closing=BALANCE,
)
OWN_SIDE = record(
    "Your own numbers before it moves, and your units after it.",
    quantity=WHOLE,
    quantity_after=WHOLE,
    held=WHOLE,
    sold=WHOLE,
    drawn=WHOLE,
    free=WHOLE,
)

STOCK_COMPONENTS: dict[str, Schema] = {
    "Allocation": record(
        "What one channel has of an event, and why.",
        event=ID,
        channel=ID,
        time_zone={"type": "string", "description": "The venue's, in which `text` tells times."},
        utc_as_of=MOMENT,
        pools={"type": "array", "items": ALLOCATED_POOL},
        text={
            "type": "array",
            "items": STRING,
            "description": "All pools, and what holds for each of them, in plain language.",
        },
    ),
    "Statement": record(
        "What one channel had of an event, every change of it, and what it has.",
        event=ID,
        channel=ID,
        time_zone={"type": "string", "description": "The venue's, whose days are summed."},
        utc_as_of=MOMENT,
        utc_from=nullable(MOMENT),
        utc_until=nullable(MOMENT),
        pools={"type": "array", "items": POOL_STATEMENT},
    ),
    "Transfer": record(
        "Units that move to a channel or from it, and what became of it.",
        id=UUID,
        event=ID,
        pool=ID,
        channel=ID,
        direction={**choice(Direction.values), "description": "`MORE`: to you. `BACK`: from you."},
        counterpart={**STRING, "description": "Where they come from, or go; no other's name."},
        status=choice([one for one in TransferStatus if one != TransferStatus.TRIAL]),
        units={**WHOLE, "description": "As asked for."},
        up_to=FLAG,
        moved={**nullable(WHOLE), "description": "Null until it is executed."},
        asked_by=choice(["YOU", "VENUE", "RULE", "DYNAMIC"]),
        reason=STRING,
        needs={
            "type": "array",
            "items": choice(Need.values),
            "description": "Why it needs an approval; empty: it needs none.",
        },
        note={**STRING, "description": "What was said to a request of yours."},
        failure={**STRING, "description": "Why it could not be carried out; else empty."},
        utc_requested_at=MOMENT,
        utc_lapses_at={**MOMENT, "description": "What nobody has decided by then lapses."},
        utc_decided_at=nullable(MOMENT),
        utc_ended_at=nullable(MOMENT),
        when_requested=nullable(OWN_SIDE),
        when_ended=nullable(OWN_SIDE),
    ),
}
