"""Who may open an event's socket: a person by session, or a program by API key."""

from collections.abc import Callable
from typing import Protocol, cast

from accounts.models import User
from boxoffice.board import Audience
from boxoffice.selectors import audience_of, is_listed, watchable_events
from common.handshake import FORBIDDEN, NOT_SIGNED_IN, RefusedSocketError, Visitor, person_of

NO_SUCH_EVENT = 4404

READ = "read"  # the scope that a key needs


class Key(Protocol):
    """What is asked of an API key."""

    channel_id: int
    scopes: list[str]


KeyCheck = Callable[[str], Key | None]
"""Who stands behind a secret; ``None`` for one that is not good, or no longer."""


def admit(visitor: Visitor, event_id: int, check_key: KeyCheck) -> Audience:
    """Whose numbers the visitor may see.

    Raises ``RefusedSocketError``. Reads the database: call it from a thread.
    """
    if visitor.authorization is not None:
        return _admit_key(visitor.authorization, event_id, check_key)
    user = cast("User", person_of(visitor))
    if not watchable_events(user).filter(pk=event_id).exists():
        raise RefusedSocketError(NO_SUCH_EVENT)
    return audience_of(user, event_id)


def _admit_key(authorization: str, event_id: int, check_key: KeyCheck) -> int:
    scheme, _, secret = authorization.partition(" ")
    key = check_key(secret.strip()) if scheme.lower() == "bearer" else None
    if key is None:
        raise RefusedSocketError(NOT_SIGNED_IN)
    if READ not in key.scopes:
        raise RefusedSocketError(FORBIDDEN)
    if not is_listed(event_id, key.channel_id):
        raise RefusedSocketError(NO_SUCH_EVENT)
    return key.channel_id
