"""Signed links in messages: whoever has the message may see its alert, and answer it, without a login.

A link names an alert and the endpoint that the message went to, and is good for a week. It says what
the alert says now; how far its reader may go follows from the endpoint, each time anew.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.urls import reverse

from accounts.models import User
from accounts.selectors import within_venues
from alerts.enums import Purpose
from alerts.kinds import FOR_PARTNERS
from alerts.models import Alert, Delivery, Endpoint, Letter
from alerts.selectors import HANDLE, RELATED
from common.actor import SYSTEM, Actor
from events.models import Venue

VALID = timedelta(days=7)
_SIGNER = TimestampSigner(sep=".", salt="alerts.links")
# A letter is read and acknowledged when somebody has the time.
LETTERS_VALID = timedelta(days=90)
_LETTERS = TimestampSigner(sep=".", salt="alerts.letters")
_TESTS = TimestampSigner(sep=".", salt="alerts.tests")
_NUMBERS = re.compile(r"([1-9][0-9]{0,18})-([1-9][0-9]{0,18})", re.ASCII)


class ForgedLinkError(Exception):
    """It was not made here, or not whole."""


class UsedUpLinkError(Exception):
    """It was good once: its time, its alert, its endpoint or its person is gone."""


@dataclass(frozen=True, slots=True)
class Link:
    """``may_answer``: acknowledge and resolve. ``is_partners``: reads of the own channel, and no more."""

    alert: Alert
    endpoint: Endpoint
    may_answer: bool

    @property
    def is_partners(self) -> bool:
        return self.endpoint.channel_id is not None

    @property
    def actor(self) -> Actor:
        person = self.endpoint.person
        return Actor.person(person) if person is not None else SYSTEM


def alert_link(alert: Alert, endpoint: Endpoint) -> str:
    """The address for a message about the alert to the endpoint."""
    token = _SIGNER.sign(f"{alert.pk}-{endpoint.pk}")
    return settings.PUBLIC_URL + reverse("alerts:link", args=(token,))


def letter_link(letter: Letter, endpoint: Endpoint) -> str:
    """The address for a message with the letter to the endpoint."""
    token = _LETTERS.sign(f"{letter.pk}-{endpoint.pk}")
    return settings.PUBLIC_URL + reverse("alerts:letter", args=(token,))


def test_link(delivery: Delivery) -> str:
    """The address by which whoever reads a test message says so."""
    token = _TESTS.sign(f"{delivery.pk}-{delivery.endpoint_id}")
    return settings.PUBLIC_URL + reverse("alerts:test", args=(token,))


def follow_test(token: str) -> Delivery:
    """Raises ``ForgedLinkError``, ``UsedUpLinkError``."""
    delivery_id, endpoint_id = _numbers_of(_TESTS, token, VALID)
    tests = Delivery.objects.select_related("endpoint__team__venue", "endpoint__channel__venue")
    delivery = tests.filter(
        pk=delivery_id, endpoint=endpoint_id, endpoint__is_active=True, purpose=Purpose.TEST
    ).first()
    if delivery is None:
        raise UsedUpLinkError
    return delivery


def follow_letter(token: str) -> tuple[Letter, Endpoint]:
    """Raises ``ForgedLinkError``, ``UsedUpLinkError``."""
    letter_id, endpoint_id = _numbers_of(_LETTERS, token, LETTERS_VALID)
    letter = (
        Letter.objects.select_related("plan__pool__event__venue", "channel")
        .filter(pk=letter_id)
        .first()
    )
    endpoint = Endpoint.objects.filter(pk=endpoint_id, is_active=True).first()
    if letter is None or endpoint is None or endpoint.channel_id != letter.channel_id:
        raise UsedUpLinkError
    return letter, endpoint


def _numbers_of(signer: TimestampSigner, token: str, valid: timedelta) -> tuple[int, int]:
    try:
        numbers = _NUMBERS.fullmatch(signer.unsign(token, max_age=valid))
    except SignatureExpired:
        raise UsedUpLinkError from None
    except BadSignature:
        raise ForgedLinkError from None
    if numbers is None:
        raise ForgedLinkError
    return int(numbers[1]), int(numbers[2])


def follow(token: str) -> Link:
    """Raises ``ForgedLinkError``, ``UsedUpLinkError``."""
    alert_id, endpoint_id = _numbers_of(_SIGNER, token, VALID)
    alert = Alert.objects.select_related(*RELATED).filter(pk=alert_id).first()
    endpoint = (
        Endpoint.objects.select_related("team", "channel", "person")
        .filter(pk=endpoint_id, is_active=True)
        .first()
    )
    if alert is None or endpoint is None:
        raise UsedUpLinkError
    return Link(alert, endpoint, _may_answer(alert, endpoint))


def _may_answer(alert: Alert, endpoint: Endpoint) -> bool:
    """Raises ``UsedUpLinkError`` if its reader may not even see the alert any more."""
    if endpoint.team is None:
        if alert.channel_id != endpoint.channel_id or alert.kind not in FOR_PARTNERS:
            raise UsedUpLinkError
        return False
    if endpoint.team.venue_id not in (None, alert.venue_id):
        raise UsedUpLinkError
    person = endpoint.person
    if person is None:
        return True
    if person.email != endpoint.address:  # whoever reads that mailbox now is somebody else
        raise UsedUpLinkError
    return _may_handle(person, alert)


def _may_handle(person: User, alert: Alert) -> bool:
    if alert.venue_id is None:
        sees = person.is_active and person.is_superuser
    else:
        sees = Venue.objects.filter(within_venues(person, "pk"), pk=alert.venue_id).exists()
    if not sees:
        raise UsedUpLinkError
    return person.has_perm(HANDLE)
