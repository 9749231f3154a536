"""Making and revoking the address of a person's calendar, and following it."""

from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from planning.models import CalendarFeed

_ADDRESSES = Signer(sep=".", salt="planning.calendar")


def feed_of(user: User) -> CalendarFeed | None:
    return CalendarFeed.objects.filter(user=user, revoked_at=None).first()


@transaction.atomic
def make_feed(user: User) -> CalendarFeed:
    """A new address; the one of before leads nowhere from now on."""
    list(User.objects.select_for_update(no_key=True).filter(pk=user.pk).values_list("pk"))
    revoke_feed(user)
    return CalendarFeed.objects.create(user=user)


def revoke_feed(user: User) -> bool:
    """Whether there was one."""
    feeds = CalendarFeed.objects.filter(user=user, revoked_at=None)
    return bool(feeds.update(revoked_at=timezone.now()))


def token_of(feed: CalendarFeed) -> str:
    return _ADDRESSES.sign(feed.uuid.hex)


def follow(token: str) -> CalendarFeed | None:
    """The feed that an address leads to, unless it is forged, revoked, or of somebody who may not sign in any more."""
    try:
        number = UUID(_ADDRESSES.unsign(token))
    except (BadSignature, ValueError):
        return None
    feeds = CalendarFeed.objects.filter(uuid=number, revoked_at=None, user__is_active=True)
    return feeds.select_related("user").first()
