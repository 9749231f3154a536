"""Who may make, change and end named holds, and hand out their tickets: asked by every service, whatever the door."""

from accounts.models import User
from accounts.selectors import within_venues
from common.actor import Actor
from events.models import Event
from sales.errors import NotYourHoldError
from sales.models import Block
from sales.sellers import person_of

KEEP = "sales.keep_namedhold"
HAND_OUT = "sales.handout_namedhold"


def may_break(by: Actor, block: Block) -> bool:
    """Whether somebody may change or end the hold: its owner, and who keeps the venue's holds."""
    person = person_of(by)
    return person is None or (
        (person.has_perm(KEEP) or block.owner_id == person.pk) and _works_at(person, block.event_id)
    )


def may_hand_out(by: Actor, block: Block) -> bool:
    """The same of its tickets: who hands out at the venue, and who may break it."""
    person = person_of(by)
    return (
        person is None
        or (person.has_perm(HAND_OUT) and _works_at(person, block.event_id))
        or may_break(by, block)
    )


def require_keeper(by: Actor, event_id: int) -> None:
    """Raises ``NotYourHoldError`` unless the person keeps holds of the event's venue."""
    person = person_of(by)
    if person is not None and not (person.has_perm(KEEP) and _works_at(person, event_id)):
        raise NotYourHoldError("Named holds of this venue are not yours to make.")


def require_breaker(by: Actor, block: Block) -> None:
    """Raises ``NotYourHoldError`` unless the person may change and end the hold."""
    if not may_break(by, block):
        raise NotYourHoldError(
            "This hold is changed and ended by its owner, and by who keeps the venue's holds."
        )


def require_hander(by: Actor, block: Block) -> None:
    """Raises ``NotYourHoldError`` unless the person may hand out its tickets."""
    if not may_hand_out(by, block):
        raise NotYourHoldError(
            "Tickets of this hold are handed out by the venue's box office, and by the hold's owner."
        )


def _works_at(person: User, event_id: int) -> bool:
    return Event.objects.filter(within_venues(person, "venue"), pk=event_id).exists()
