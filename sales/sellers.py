"""A person sells through the channels given to them: asked by every service that sells, whatever the door.

A program acts for the channel of its key, and what the system does is asked by nobody.
"""

from accounts.models import User
from allocations.sellers import selling_channels
from common.actor import Actor
from sales.errors import NotYourChannelError
from sales.selectors import SETTLE


def sells_through(by: Actor, channel_id: int) -> bool:
    person = person_of(by)
    return person is None or selling_channels(person).filter(pk=channel_id).exists()


def refunds_through(by: Actor, channel_id: int) -> bool:
    """Whoever settles payments may refund through any channel; who sells, through those given to them."""
    person = person_of(by)
    return person is None or person.has_perm(SETTLE) or sells_through(by, channel_id)


def require_seller(by: Actor, channel_id: int) -> None:
    """Raises ``NotYourChannelError`` unless the person sells through the channel."""
    if not sells_through(by, channel_id):
        raise NotYourChannelError


def require_refunder(by: Actor, channel_id: int) -> None:
    """The same of a refund."""
    if not refunds_through(by, channel_id):
        raise NotYourChannelError


def person_of(by: Actor) -> User | None:
    """The person who acts; ``None`` for a program and for the system."""
    if by.user_id is None or by.api_key_id is not None:
        return None
    return User.objects.get(pk=by.user_id)
