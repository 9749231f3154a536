"""Venues, people, channels and their keys: what is there before the first event."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db.models import Max

from accounts.models import User
from accounts.roles import Role
from alerts.services import begin_venues
from allocations.enums import REPORTS_LATE, ChannelKind, ContactKind
from allocations.models import ChannelContact, SalesChannel
from common.actor import SYSTEM, Actor
from common.history import save_because
from demo import season
from demo.backdate import Story
from demo.dates import AWAY
from demo.passwords import demo_password
from events.models import Venue
from partners.enums import Scope
from partners.models import ApiKey
from partners.services import issue_key
from sales.models import Booking

REASON = "Demo season"

# How long ago the venues joined.
JOINED = timedelta(days=150)


@dataclass(slots=True)
class Company:
    """Everything by the names that the season gives it."""

    now: datetime
    venues: dict[str, Venue] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)
    channels: dict[tuple[str, str], SalesChannel] = field(default_factory=dict)
    keys: dict[tuple[str, str], ApiKey] = field(default_factory=dict)

    def seller(self, venue: str, channel: str) -> Actor:
        """Who sells through a channel: its program, a person of the venue, or nobody by name."""
        if key := self.keys.get((venue, channel)):
            return Actor(api_key_id=key.pk)
        counter = season.CHANNELS[channel].kind == ChannelKind.PHYSICAL
        roles = (Role.BOX_OFFICE, Role.VENUE_MANAGER) if counter else (Role.VENUE_MANAGER,)
        return self._person(venue, roles)

    def manager(self, venue: str) -> Actor:
        return self._person(venue, (Role.VENUE_MANAGER,))

    def keeper(self, venue: str) -> Actor:
        """Who looks after a venue's partners."""
        return self._person(venue, (Role.PARTNER_MANAGER, Role.VENUE_MANAGER))

    def person(self, actor: Actor) -> User:
        return next(person for person in self.people.values() if person.pk == actor.user_id)

    def _person(self, venue: str, roles: tuple[Role, ...]) -> Actor:
        for role in roles:
            for person in season.PEOPLE:
                if person.role == role and venue in person.venues:
                    return Actor.person(self.people[person.email])
        return SYSTEM


def hire(now: datetime, story: Story) -> Company:
    company = Company(now)
    for slug, plan in season.VENUES.items():
        company.venues[slug] = venue = Venue(
            slug=slug,
            name=plan.name,
            city=plan.city,
            upi_address=f"{slug}@demobank",
            upi_name=plan.name,
        )
        save_because(venue, REASON)
    begin_venues(list(company.venues.values()))
    _people(company)
    for slug in season.VENUES:
        _channels(slug, company)
    story.date_history(now - JOINED)
    _keys(company)
    _give_channels(company)
    story.date_history(now - JOINED + timedelta(days=2))
    return company


def _give_channels(company: Company) -> None:
    """What no program sells, people do: whoever stands at the counter, and the manager."""
    for (slug, code), channel in company.channels.items():
        if (slug, code) not in company.keys:
            for actor in {company.seller(slug, code), company.manager(slug)} - {SYSTEM}:
                company.person(actor).channels.add(channel)


def _people(company: Company) -> None:
    password = make_password(demo_password())  # once: it is slow, as it should be
    for person in season.PEOPLE:
        user = User(
            email=person.email,
            name=person.name,
            password=password,
            is_staff=True,
            is_superuser=person.role is None,
        )
        save_because(user, REASON)
        if person.role is not None:
            user.groups.add(Group.objects.get(name=person.role.value))
        user.venues.set(company.venues[slug] for slug in person.venues)
        company.people[person.email] = user


def _channels(slug: str, company: Company) -> None:
    for code in season.VENUES[slug].channels:
        plan = season.CHANNELS[code]
        channel = SalesChannel(
            venue=company.venues[slug],
            code=code,
            name=plan.name,
            kind=plan.kind,
            place=plan.place,
            team=plan.team,
            audience=plan.audience,
            pricing=plan.pricing,
            connectivity=plan.connectivity,
            settlement_days=plan.settlement_days,
            default_hold_seconds=plan.default_hold_seconds,
            longest_hold_seconds=plan.longest_hold_seconds,
        )
        save_because(channel, REASON, by=company.manager(slug))
        company.channels[slug, code] = channel


def _keys(company: Company) -> None:
    """A key for each channel that a program sells through. Nobody learns the secrets."""
    for (slug, code), channel in company.channels.items():
        if name := season.CHANNELS[code].key:
            issued = issue_key(
                channel=channel,
                name=name,
                scopes=_scopes(channel),
                by=company.manager(slug),
                reason=REASON,
            )
            company.keys[slug, code] = issued.key


def _scopes(channel: SalesChannel) -> tuple[Scope, ...]:
    late = (Scope.SYNC,) if channel.connectivity in REPORTS_LATE else ()
    return (Scope.READ, Scope.SELL, *late)


def stop_channels(company: Company, story: Story) -> None:
    for slug, plan in season.VENUES.items():
        for code, (days_ago, reason) in plan.stopped.items():
            channel = company.channels[slug, code]
            channel.stop_reason = reason
            save_because(channel, reason, by=company.manager(slug), fields=("stop_reason",))
            story.date_history(company.now - timedelta(days=days_ago, hours=2))


def date_keys(company: Company, now: datetime) -> None:
    """Issued when the channel joined, last used at its last booking, or just now to look."""
    issued = now - JOINED + timedelta(days=2)
    for (slug, code), key in company.keys.items():
        away = AWAY.get(season.CHANNELS[code].connectivity)
        last = Booking.objects.filter(api_key_id=key.pk).aggregate(last=Max("created_at"))["last"]
        if code in season.VENUES[slug].stopped:
            used = last
        elif away is not None:
            used = now - away
        else:
            used = now - timedelta(seconds=20 + 7 * len(code))
        ApiKey.objects.filter(pk=key.pk).update(created_at=issued, last_used_at=used)
        key.history.update(created_at=issued)
        if used is not None:
            _heard(key.channel, used, live=away is None and used != last)


def _heard(channel: SalesChannel, at: datetime, *, live: bool) -> None:
    """The channel's signs of life: its last call, and its socket if it keeps one."""
    ChannelContact.objects.create(channel=channel, kind=ContactKind.CALL, seen_at=at)
    # A sync was noted as it was made, and is of the season.
    ChannelContact.objects.filter(channel=channel, kind=ContactKind.SYNC).update(seen_at=at)
    if live:
        ChannelContact.objects.create(
            channel=channel, kind=ContactKind.SOCKET, seen_at=at, closed_at=at
        )
