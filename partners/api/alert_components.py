"""What answers about alerts look like."""

from alerts.enums import AlertStatus, Kind, Measure, Severity, Step
from partners.api.schemas import (
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

NUMBER: Schema = {"type": "number"}


def named(about: str) -> Schema:
    return nullable(record(about, id=ID, name=STRING))


STEP = record(
    "What has happened to it.",
    step=choice(Step.values),
    utc_at=MOMENT,
    by={**nullable(STRING), "description": "The person. Null: the system, or by a message's link."},
    through={
        **nullable(STRING),
        "description": "By the link in a message: the team or the channel that the message went to.",
    },
    note=STRING,
)

ALERT_COMPONENTS: dict[str, Schema] = {
    "Alert": record(
        "A condition that a rule of the venue has found, and what became of it.",
        id=UUID,
        kind=choice(Kind.values),
        severity=choice(Severity.values),
        status=choice(AlertStatus.values),
        title={**STRING, "description": "What is wrong, in a line."},
        reason={**STRING, "description": "By which numbers it was found."},
        venue=named("Null: it concerns all venues."),
        event=named("Null where it is of none."),
        pool=named("Null where it is of none."),
        item=named("Null where it is of none."),
        channel=named("Null where it is of none, or of several."),
        seen={**NUMBER, "description": "When it was opened."},
        latest={**NUMBER, "description": "The same, when it was last looked at."},
        threshold={**NUMBER, "description": "Of velocity: the fewest units that are judged."},
        unit={
            **choice(Measure.values),
            "description": "In what `seen`, `latest` and `threshold` are counted.",
        },
        expected={**nullable(NUMBER), "description": "Of velocity, in units."},
        low={
            **nullable(NUMBER),
            "description": "Of velocity: from where on it is usual, in units.",
        },
        high={**nullable(NUMBER), "description": "Of velocity: up to where it is usual, in units."},
        probability={
            **nullable(NUMBER),
            "description": "Of velocity: how probably chance alone brings that about.",
        },
        window_minutes={
            **nullable(WHOLE),
            "description": "Of velocity: in how many minutes so many were sold; those in which "
            "nothing could be sold are left out.",
        },
        utc_opened_at=MOMENT,
        utc_acknowledged_at=nullable(MOMENT),
        utc_resolved_at=nullable(MOMENT),
        utc_modified_at=MOMENT,
        rule={
            **named("The rule that found it; null when it was deleted."),
            "description": "For a person. Null for a key.",
        },
        acknowledged_by={
            **nullable(STRING),
            "description": "For a person: who, where it is known. Null for a key.",
        },
        steps={
            "type": ["array", "null"],
            "items": STEP,
            "description": "For a person: what has happened to it, in order. Null for a key.",
        },
    ),
}
