"""Signs of life of a channel's programs: its last call, its last sync, its live socket.

Each is one statement of its own, outside any sale: nothing waits for it, and what it says is
never needed to sell.
"""

from datetime import timedelta

from django.db import connection
from django.db.models.functions import Now

from allocations.enums import ContactKind
from allocations.models import ChannelContact

NOTED_EVERY = timedelta(minutes=1)
# A socket whose process died says no good-bye. Noted once a minute, with time for a slow answer.
SOCKET_COUNTS_FOR = timedelta(seconds=90)

_NOTE = """
INSERT INTO allocations_channelcontact AS known (channel_id, kind, seen_at)
VALUES (%s, %s, statement_timestamp())
ON CONFLICT (channel_id, kind) DO UPDATE SET seen_at = excluded.seen_at, closed_at = NULL
 WHERE known.seen_at <= excluded.seen_at - %s * interval '1 second'
    OR known.closed_at IS NOT NULL
"""


def note_contact(*, channel_id: int, kind: ContactKind) -> None:
    """Write down that the channel was heard of just now; at most once a minute."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [channel_id, kind.value, NOTED_EVERY.total_seconds()])


def note_socket_closed(*, channel_id: int) -> None:
    """Write down that the channel's socket has closed."""
    sockets = ChannelContact.objects.filter(channel=channel_id, kind=ContactKind.SOCKET)
    sockets.filter(closed_at=None).update(seen_at=Now(), closed_at=Now())
