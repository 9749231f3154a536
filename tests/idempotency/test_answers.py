"""Answers under a key: claimed, judged, kept for a day. What they answer: tests of sales, alerts and transfers."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from idempotency import answers, tasks
from idempotency.answers import Answer, Repeat
from idempotency.errors import IdempotencyInFlightError, KeyTakenError
from idempotency.models import StoredAnswer

pytestmark = pytest.mark.django_db

ASKED = Repeat.of("channel:1", "key", b"POST", b"/bookings/", b"body")


def test_a_fingerprint_tells_where_one_part_ends() -> None:
    parts = (b"POST", b"/a", b"b"), (b"POST", b"/ab", b""), (b"POST/a", b"", b"b")
    assert len({Repeat.of("scope", "key", *found).fingerprint for found in parts}) == 3


def test_an_answer_not_given_yet_is_in_flight() -> None:
    with pytest.raises(IdempotencyInFlightError):
        answers.check(ASKED, ASKED.fingerprint, None, "")


def test_a_key_cleared_away_at_this_moment_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    answers.claim(ASKED)
    monkeypatch.setattr(StoredAnswer.objects, "filter", lambda **_: StoredAnswer.objects.none())
    with pytest.raises(KeyTakenError):
        answers.claim(ASKED)


def test_answers_are_kept_for_a_day() -> None:
    for key in ("old", "new"):
        repeat = Repeat.of("channel:1", key, b"body")
        answers.claim(repeat)
        answers.store(repeat, Answer(201, "{}"))
    StoredAnswer.objects.filter(key="old").update(created_at=Now() - timedelta(hours=24))
    assert tasks.forget_old_answers() == 1
    assert [str(found) for found in StoredAnswer.objects.all()] == ["channel:1 new"]
