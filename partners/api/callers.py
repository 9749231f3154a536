"""Who calls the API: a program with a channel's key, or a person who is signed in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from django.db.models import Q

from accounts.models import User
from accounts.selectors import within_venues
from alerts.selectors import FOR_PARTNER
from allocations.models import Listing
from allocations.sellers import listed_channels
from common.actor import Actor
from common.errors import NotFoundError, RefusedError
from common.rest.problems import Fault, InvalidRequestError, MissingScopeError
from events.enums import EventStatus
from events.models import Event
from partners.enums import Scope
from partners.models import ApiKey
from sales.errors import SoldOutError
from sales.selectors import may_read_contact


@dataclass(frozen=True, slots=True)
class Need:
    """What a call takes: of a key this scope (``None``: it is not for keys), of a person this permission."""

    scope: Scope | None
    permission: str


# What the venue's staff are still preparing is nobody else's business.
DRAFT = Q(status=EventStatus.DRAFT)

READ_EVENTS = Need(Scope.READ, "events.view_event")
READ_BOOKINGS = Need(Scope.READ, "sales.view_booking")
SELL = Need(Scope.SELL, "sales.sell_booking")
REFUND = Need(Scope.SELL, "sales.refund_booking")
LEASE = Need(Scope.SYNC, "sales.lease_block")
READ_LEASES = Need(Scope.READ, "sales.view_block")
SYNC = Need(Scope.SYNC, "sales.sell_booking")
SYNC_RETURNS = Need(Scope.SYNC, "sales.refund_booking")
READ_CONFLICTS = Need(Scope.READ, "offline.view_conflict")
READ_FILES = Need(Scope.READ, "offline.view_salesfile")
TAKE_FILES = Need(Scope.SYNC, "offline.take_salesfile")
READ_STOCK = Need(Scope.READ, "allocations.view_stock")
READ_TRANSFERS = Need(Scope.READ, "transfers.view_transfer")
# Units that are asked for or given back are units that are sold or not: it takes the same scope.
ASK_FOR_TRANSFERS = Need(Scope.SELL, "transfers.request_transfer")
DECIDE_TRANSFERS = Need(None, "transfers.approve_transfer")
READ_ALERTS = Need(Scope.READ, "alerts.view_alert")
# Who takes an alert on answers for it: a person.
HANDLE_ALERTS = Need(None, "alerts.handle_alert")


class Caller(Protocol):
    """What views ask about whoever calls; stands in ``request.auth``."""

    @property
    def actor(self) -> Actor: ...

    @property
    def answerable_id(self) -> int | None:
        """The person who answers for what a program asks: who issued its key. Nobody of a person."""
        ...

    @property
    def scope(self) -> str:
        """Whose idempotency keys and whose rate limit these are."""
        ...

    @property
    def channel_id(self) -> int | None:
        """The caller's own channel; a person has none."""
        ...

    def may(self, need: Need) -> bool: ...

    def channel(self, channel_id: int | None) -> int:
        """The channel that the call is for. Raises ``NotFoundError`` for one of others."""
        ...

    @property
    def sees_drafts(self) -> bool: ...

    def events(self, channel: int | None) -> Q:
        """The events that may be seen, of the one channel that was asked for."""
        ...

    def bookings(self, channel: int | None) -> Q: ...

    def late(self, channel: int | None) -> Q:
        """The leases, conflicts and sales files that may be seen, of the one channel that was asked for."""
        ...

    def alerts(self, channel: int | None) -> Q: ...

    @property
    def sees_inside(self) -> bool:
        """Whether it may see who of the venue's people did what, and by which rule."""
        ...

    @property
    def reads_contacts(self) -> bool:
        """Whether it may see who its bookings are for."""
        ...


def require(caller: Caller, need: Need) -> None:
    """Raises ``MissingScopeError``, which says what is missing."""
    if not caller.may(need):
        if need.scope is None:
            raise MissingScopeError(
                f"This is not for keys: it takes a person with the permission {need.permission}."
            )
        raise MissingScopeError(
            f"This takes a key with the scope {need.scope}, or a person with the permission "
            f"{need.permission}."
        )


def no_channel(channel_id: int) -> NotFoundError:
    return NotFoundError(f"There is no channel {channel_id}.", field="channel")


def no_event_of_channel() -> NotFoundError:
    """The same words for an event that is not there, one of others, and a draft."""
    return NotFoundError("There is no such event for this channel.", field="event")


@contextmanager
def only_seen_events(caller: "Caller", channel_id: int, event_id: int) -> Iterator[None]:
    """Whatever is refused of an event that the caller does not see is refused in the same words.

    Else the refusal would tell whether the event is there: its items are unknown, say, or it is not
    on sale. Looked up only after a refusal: sales are many. So are refusals for lack of stock in a rush, and
    those come only of what the channel sells.
    """
    try:
        yield
    except SoldOutError:
        raise
    except RefusedError:
        require_event(caller, channel_id, event_id)
        raise


def require_event(caller: "Caller", channel_id: int, event_id: int) -> None:
    """Raises ``NotFoundError`` for an event that the caller does not see."""
    if not Event.objects.filter(caller.events(channel_id), pk=event_id).exists():
        raise no_event_of_channel()


@dataclass(frozen=True, slots=True)
class KeyCaller:
    """A program: it acts for one channel, and sees nothing of any other."""

    key_id: int
    channel_id: int
    scopes: frozenset[str]

    @property
    def actor(self) -> Actor:
        return Actor(api_key_id=self.key_id)

    @property
    def answerable_id(self) -> int | None:
        issued = ApiKey.history.filter(id=self.key_id, history_type="+")
        issuer: int | None = issued.values_list("history_user", flat=True).first()
        return issuer

    @property
    def scope(self) -> str:
        return f"channel:{self.channel_id}"

    def may(self, need: Need) -> bool:
        return need.scope in self.scopes

    def channel(self, channel_id: int | None) -> int:
        if channel_id is not None and channel_id != self.channel_id:
            raise no_channel(channel_id)
        return self.channel_id

    def events(self, channel: int | None) -> Q:
        return listed_by(self.channel(channel)) & ~DRAFT

    @property
    def sees_drafts(self) -> bool:
        return False

    def bookings(self, channel: int | None) -> Q:
        return Q(channel_id=self.channel(channel))

    def late(self, channel: int | None) -> Q:
        return Q(channel_id=self.channel(channel))

    def alerts(self, channel: int | None) -> Q:
        """Those about its own channel of which the rule tells the partner."""
        return (
            FOR_PARTNER & Q(channel_id=self.channel(channel)) & ~Q(event__status=EventStatus.DRAFT)
        )

    @property
    def sees_inside(self) -> bool:
        return False

    @property
    def reads_contacts(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class PersonCaller:
    """A person: names a channel of the venues given to them, and sells through those given to them."""

    user: User

    @property
    def actor(self) -> Actor:
        return Actor.person(self.user)

    @property
    def answerable_id(self) -> None:
        return None

    @property
    def scope(self) -> str:
        return f"user:{self.user.pk}"

    @property
    def channel_id(self) -> None:
        return None

    def may(self, need: Need) -> bool:
        return self.user.has_perm(need.permission)

    def channel(self, channel_id: int | None) -> int:
        if channel_id is None:
            raise InvalidRequestError([Fault("channel", "Say for which channel.")])
        if not listed_channels(self.user).filter(pk=channel_id).exists():
            raise no_channel(channel_id)
        return channel_id

    def events(self, channel: int | None) -> Q:
        own = within_venues(self.user, "venue")
        return own if channel is None else own & listed_by(self.channel(channel))

    @property
    def sees_drafts(self) -> bool:
        return True

    def bookings(self, channel: int | None) -> Q:
        own = within_venues(self.user, "event__venue")
        return own if channel is None else own & Q(channel_id=self.channel(channel))

    def late(self, channel: int | None) -> Q:
        """A report that could not be read is of no event: by the venue of its channel."""
        own = within_venues(self.user, "channel__venue")
        return own if channel is None else own & Q(channel_id=self.channel(channel))

    def alerts(self, channel: int | None) -> Q:
        own = within_venues(self.user, "venue")
        return own if channel is None else own & Q(channel_id=self.channel(channel))

    @property
    def sees_inside(self) -> bool:
        return True

    @property
    def reads_contacts(self) -> bool:
        return may_read_contact(self.user)


def listed_by(channel_id: int) -> Q:
    return Q(pk__in=Listing.objects.filter(channel_id=channel_id).values("event_id"))
