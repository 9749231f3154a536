"""When a channel's programs last gave a sign of life."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from allocations.contacts import NOTED_EVERY, note_contact, note_socket_closed
from allocations.enums import ContactKind
from allocations.models import ChannelContact
from events.models import Event
from tests.factories import Stage, make_stage
from tests.kept import kept

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    return make_stage()


def note(stage: Stage, kind: ContactKind = ContactKind.CALL) -> ChannelContact:
    channel = stage.channels["web"]
    note_contact(channel_id=channel.pk, kind=kind)
    return ChannelContact.objects.get(channel=channel, kind=kind)


def make_older(age: timedelta) -> datetime:
    seen_at = ChannelContact.objects.get().seen_at - age
    ChannelContact.objects.update(seen_at=seen_at)
    return seen_at


def test_a_sign_of_life_is_one_row_and_one_statement(stage: Stage) -> None:
    before = timezone.now()
    with CaptureQueriesContext(connection) as asked:
        note_contact(channel_id=stage.channels["web"].pk, kind=ContactKind.CALL)
    assert len(asked) == 1
    contact = ChannelContact.objects.get()
    assert (contact.kind, contact.closed_at) == (ContactKind.CALL, None)
    assert contact.seen_at >= before


def test_within_a_minute_nothing_is_written_again(stage: Stage) -> None:
    note(stage)
    seen_at = make_older(NOTED_EVERY - timedelta(seconds=30))
    assert note(stage).seen_at == seen_at


def test_after_a_minute_it_is(stage: Stage) -> None:
    note(stage)
    seen_at = make_older(NOTED_EVERY)
    assert note(stage).seen_at > seen_at
    assert ChannelContact.objects.count() == 1


def test_a_socket_that_closed_is_open_again_at_once(stage: Stage) -> None:
    note(stage, ContactKind.SOCKET)
    note_socket_closed(channel_id=stage.channels["web"].pk)
    closed = ChannelContact.objects.get()
    assert closed.closed_at == closed.seen_at
    opened = note(stage, ContactKind.SOCKET)
    assert opened.closed_at is None


def test_a_channel_that_is_heard_of_is_not_set_up_anew(stage: Stage) -> None:
    before = Event.objects.get().config_version
    note(stage)
    note(stage, ContactKind.SOCKET)
    assert Event.objects.get().config_version == before
    assert stage.channels["web"].history.count() == 1


def test_the_database_holds_one_row_of_a_kind(stage: Stage) -> None:
    note(stage)
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        ChannelContact.objects.create(channel=stage.channels["web"], kind=ContactKind.CALL)
    assert "contact_once_per_channel_and_kind" in str(refusal.value)


def test_the_database_closes_sockets_only(stage: Stage) -> None:
    note(stage)
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        ChannelContact.objects.update(closed_at=timezone.now())
    assert "contact_only_sockets_close" in str(refusal.value)
