"""An API key: 256 random bits shown once, of which only a digest is kept."""

import hashlib
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from allocations.models import SalesChannel
from common.actor import SYSTEM, Actor
from common.errors import InvalidInputError, NotFoundError
from partners.enums import Scope
from partners.errors import KeyEndedError
from partners.models import ApiKey
from partners.secrets import new_secret
from partners.selectors import authenticate
from partners.services import IssuedKey, issue_key, revoke_key, rotate_key
from tests.factories import make_channel, make_user, make_venue
from tests.kept import kept

pytestmark = pytest.mark.django_db


@kept
def channel() -> SalesChannel:
    return make_channel(make_venue())


def issue(channel: SalesChannel, **terms: object) -> IssuedKey:
    values = {"name": "shop", "scopes": [Scope.READ, Scope.SELL], "by": SYSTEM, "reason": "test"}
    return issue_key(channel=channel, **(values | terms))  # type: ignore[arg-type]


def expire(key: ApiKey) -> None:
    ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now() - timedelta(seconds=1))


def test_a_secret_opens_its_key_and_stands_nowhere(channel: SalesChannel) -> None:
    issued = issue(channel)
    assert authenticate(issued.secret) == issued.key
    assert issued.key.digest == hashlib.sha256(issued.secret.encode()).hexdigest()
    assert issued.secret not in repr(issued)
    with connection.cursor() as cursor:
        for table in ("partners_apikey", "partners_historicalapikey"):
            cursor.execute(
                f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s",  # noqa: S608 - ours
                [f"%{issued.secret[-43:]}%"],
            )
            assert cursor.fetchone() == (0,)


def test_two_secrets_differ_in_every_part() -> None:
    one, two = new_secret(), new_secret()
    assert one.prefix != two.prefix
    assert one.text[-43:] != two.text[-43:]


@pytest.mark.parametrize(
    "wrong", ["", "finlo_", "finlo_000000000000_" + "A" * 43, "Bearer x", "finlo_é" + "x" * 55]
)
def test_what_is_no_secret_opens_nothing(channel: SalesChannel, wrong: str) -> None:
    issue(channel)
    assert authenticate(wrong) is None


def test_the_right_prefix_with_another_secret_opens_nothing(channel: SalesChannel) -> None:
    issued = issue(channel)
    assert authenticate(issued.secret[:-43] + "A" * 43) is None
    assert authenticate(issued.secret + "A") is None


def test_revoked_and_expired_keys_open_nothing(channel: SalesChannel) -> None:
    revoked, expired = issue(channel), issue(channel)
    revoke_key(key_id=revoked.key.pk, by=SYSTEM, reason="lost")
    expire(expired.key)
    assert authenticate(revoked.secret) is None
    assert authenticate(expired.secret) is None


def test_a_stopped_channel_may_still_read(channel: SalesChannel) -> None:
    issued = issue(channel)
    channel.stop_reason = "Out of paper"
    channel.save()
    assert authenticate(issued.secret) == issued.key


@pytest.mark.parametrize("scopes", [[], ["read", "everything"]])
def test_unknown_scopes_are_refused(channel: SalesChannel, scopes: list[str]) -> None:
    with pytest.raises(InvalidInputError):
        issue(channel, scopes=scopes)
    assert not ApiKey.objects.exists()


def test_a_key_that_is_born_expired_is_refused(channel: SalesChannel) -> None:
    with pytest.raises(InvalidInputError):
        issue(channel, expires_at=timezone.now() - timedelta(seconds=1))


def test_a_rotated_key_hands_over_at_once(channel: SalesChannel) -> None:
    old = issue(channel)
    new = rotate_key(key_id=old.key.pk, by=SYSTEM, reason="yearly")
    assert authenticate(old.secret) is None
    assert authenticate(new.secret) == new.key
    assert (new.key.name, new.key.scopes) == (old.key.name, old.key.scopes)


def test_a_rotated_key_may_work_on_for_a_while(channel: SalesChannel) -> None:
    old = issue(channel)
    new = rotate_key(key_id=old.key.pk, by=SYSTEM, reason="yearly", overlap=timedelta(hours=1))
    assert authenticate(old.secret) == old.key
    assert authenticate(new.secret) == new.key
    assert new.key.expires_at is None
    expire(old.key)
    assert authenticate(old.secret) is None


def test_an_overlap_never_prolongs_a_key(channel: SalesChannel) -> None:
    soon = timezone.now() + timedelta(minutes=5)
    old = issue(channel, expires_at=soon)
    rotate_key(key_id=old.key.pk, by=SYSTEM, reason="yearly", overlap=timedelta(days=7))
    old.key.refresh_from_db()
    assert old.key.expires_at == soon


def test_an_absurd_overlap_is_refused(channel: SalesChannel) -> None:
    old = issue(channel)
    with pytest.raises(InvalidInputError):
        rotate_key(key_id=old.key.pk, by=SYSTEM, reason="x", overlap=timedelta(days=31))
    assert authenticate(old.secret) == old.key


def test_an_ended_key_is_neither_rotated_nor_revoked(channel: SalesChannel) -> None:
    key = issue(channel).key
    expire(key)
    with pytest.raises(KeyEndedError):
        rotate_key(key_id=key.pk, by=SYSTEM, reason="x")
    with pytest.raises(KeyEndedError):
        revoke_key(key_id=key.pk, by=SYSTEM, reason="x")
    with pytest.raises(NotFoundError):
        revoke_key(key_id=0, by=SYSTEM, reason="x")


def test_history_says_who_and_why(channel: SalesChannel) -> None:
    user = make_user()
    key = issue(channel, by=Actor.person(user), reason="New shop").key
    revoke_key(key_id=key.pk, by=Actor.person(user), reason="Shop closed")
    last, first = ApiKey.history.filter(id=key.pk)
    assert (first.history_change_reason, first.history_user) == ("New shop", user)
    assert (last.history_change_reason, last.history_user) == ("Shop closed", user)
