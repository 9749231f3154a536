"""An API key's secret is in the answer that makes it, and nowhere else."""

import logging
import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from common.actor import SYSTEM
from partners.models import ApiKey
from partners.selectors import authenticate
from partners.services import issue_key
from tests.backoffice.addresses import page
from tests.backoffice.conftest import SignIn, person
from tests.backoffice.kit.test_previews import ask, rows
from tests.factories import Stage

pytestmark = pytest.mark.django_db

SECRET = re.compile(r"finlo_[0-9a-f]{12}_[A-Za-z0-9_-]{43}")


def add(client: Client, stage: Stage, **changes: Any) -> Any:
    form = {"channel": stage.channels["web"].pk, "name": "Web shop", "scopes": ["read", "sell"]}
    return client.post(
        page(ApiKey, "add"),
        {"why": "The shop opens", **form, "expires_at_0": "", "expires_at_1": ""} | changes,
    )


def test_a_secret_is_shown_once(
    manager: Client, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = add(manager, stage)
    secrets = set(SECRET.findall(answer.content.decode()))
    assert len(secrets) == 1
    (secret,) = secrets
    key = ApiKey.objects.get()
    assert authenticate(secret) == key
    assert key.scopes == ["read", "sell"]
    assert "no-store" in answer.headers["Cache-Control"]
    assert not list(get_messages(answer.wsgi_request))
    tail = secret[-43:]
    assert tail not in caplog.text
    assert tail not in str(answer.cookies)
    assert not any(tail in str(entry.__dict__) for entry in LogEntry.objects.all())
    assert not any(tail in str(one.get_decoded()) for one in Session.objects.all())
    for verb in ("change", "history"):
        assert tail not in manager.get(page(key, verb)).content.decode()


def test_a_key_needs_a_scope_and_an_own_channel(
    manager: Client, stage: Stage, other: Stage
) -> None:
    wrong: tuple[dict[str, Any], ...] = (
        {"scopes": []},
        {"scopes": ["all"]},
        {"channel": other.channels["web"].pk},
    )
    for changes in wrong:
        answer = add(manager, stage, **changes)
        assert set(answer.context["adminform"].form.errors) == set(changes)
    assert not ApiKey.objects.exists()


def test_a_key_is_rotated_on_a_page_of_its_own(manager: Client, stage: Stage) -> None:
    issued = issue_key(
        channel=stage.channels["web"], name="shop", scopes=["read"], by=SYSTEM, reason="test"
    )
    url = reverse("admin:partners_apikey_rotate", args=(issued.key.pk,))
    refused = manager.post(url, {"overlap": "24"})
    assert "This field is required." in refused.content.decode()
    answer = manager.post(url, {"overlap": "0", "reason": "Yearly"})
    (secret,) = set(SECRET.findall(answer.content.decode()))
    assert authenticate(secret) is not None
    assert authenticate(issued.secret) is None


def test_a_revoked_key_offers_nothing_more(manager: Client, stage: Stage) -> None:
    issued = issue_key(
        channel=stage.channels["web"], name="shop", scopes=["read"], by=SYSTEM, reason="test"
    )
    url = reverse("admin:partners_apikey_revoke", args=(issued.key.pk,))
    assert manager.post(url, {"reason": "Lost"}).status_code == 302
    assert authenticate(issued.secret) is None
    body = manager.get(page(issued.key, "change")).content.decode()
    assert url not in body
    rotate = reverse("admin:partners_apikey_rotate", args=(issued.key.pk,))
    answer = manager.post(rotate, {"overlap": "0", "reason": "x"}, follow=True)
    assert not SECRET.findall(answer.content.decode())
    assert ApiKey.objects.count() == 1


def test_keys_are_not_for_the_box_office(stage: Stage, sign_in: SignIn) -> None:
    client = sign_in(person(Role.BOX_OFFICE, stage))
    assert client.get(page(ApiKey, "changelist")).status_code == 403
    assert add(client, stage).status_code == 403


def test_only_scopes_that_open_something_are_offered(manager: Client, stage: Stage) -> None:
    field = manager.get(page(ApiKey, "add")).context["adminform"].form.fields["scopes"]
    assert [value for value, _label in field.choices] == ["read", "sell"]
    older = issue_key(
        channel=stage.channels["web"], name="old", scopes=["sync"], by=SYSTEM, reason="test"
    ).key
    field = manager.get(page(older, "change")).context["adminform"].form.fields["scopes"]
    assert [value for value, _label in field.choices] == ["read", "sell", "sync"]


def test_a_key_is_issued_with_a_reason(manager: Client, stage: Stage) -> None:
    form = {"channel": stage.channels["web"].pk, "name": "Shop", "scopes": ["read"]}
    answer = manager.post(page(ApiKey, "add"), form)
    assert "why" in answer.context["adminform"].form.errors
    assert not ApiKey.objects.exists()
    manager.post(page(ApiKey, "add"), form | {"why": "The shop opens"})
    assert ApiKey.objects.get().history.get().history_change_reason == "The shop opens"


def test_rotating_and_revoking_say_what_becomes_of_the_secrets(
    manager: Client, stage: Stage
) -> None:
    channel = stage.channels["web"]
    key = issue_key(channel=channel, name="k", scopes=["read"], by=SYSTEM, reason="test").key
    old, new = rows(ask(manager, key, "rotate", overlap="0"))
    assert old == (f"The old secret ({key.prefix}…)", "works", "opens nothing")
    assert new[0] == "A new secret"
    assert "works until" in ask(manager, key, "rotate", overlap="24")
    assert rows(ask(manager, key, "revoke")) == [("The key", "works", "opens nothing any more")]
