"""A small event, and programs that call the API with keys of its channels."""

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from allocations.models import SalesChannel
from common.actor import SYSTEM
from partners.api import keys
from partners.enums import Scope
from partners.services import issue_key
from tests.factories import Stage, make_stage
from tests.kept import kept


@pytest.fixture(autouse=True)
def _no_key_is_remembered() -> Iterator[None]:
    keys.forget()
    yield
    keys.forget()


def key_for(channel: SalesChannel, *scopes: Scope) -> str:
    """A fresh key's secret, by default one that may do everything."""
    with transaction.atomic():
        return issue_key(
            channel=channel, name="test", scopes=scopes or list(Scope), by=SYSTEM, reason="test"
        ).secret


class Api:
    """A program with a key. Answers are Django's responses; problems are told apart by ``code``."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self._client = Client(headers={"authorization": f"Bearer {secret}"})

    def get(self, path: str, **headers: str) -> Any:
        return self._client.get(f"/api/v1{path}", headers=headers)

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        key: str | None = "",
        raw: bytes | None = None,
        content_type: str = "application/json",
        **headers: str,
    ) -> Any:
        """``key``: the Idempotency-Key, a fresh one by default, none when ``None``."""
        if key is not None:
            headers["idempotency-key"] = key or str(uuid.uuid4())
        content = json.dumps(body).encode() if raw is None else raw
        return self._client.generic(
            method, f"/api/v1{path}", content, content_type=content_type, headers=headers
        )

    def post(self, path: str, body: object = None, **terms: Any) -> Any:
        return self.send("POST", path, {} if body is None else body, **terms)

    def patch(self, path: str, body: object, **terms: Any) -> Any:
        return self.send("PATCH", path, body, **terms)


def assert_problem(answer: Any, status: int, code: str, *fields: str) -> dict[str, Any]:
    """The answer is this problem, and names exactly these fields. Returns its body."""
    found: dict[str, Any] = json.loads(answer.content)
    assert (answer.status_code, found.get("code")) == (status, code), found
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert found["status"] == status
    assert [error["field"] for error in found["errors"]] == list(fields), found
    return found


@kept
def stage(db: None) -> Stage:
    """100 places, all with the channel "web"; another channel of the venue lists the ticket too."""
    return make_stage(channels=("web", "hotel"))


@kept
def web(stage: Stage) -> Api:
    return Api(key_for(stage.channels["web"]))


@kept
def hotel(stage: Stage) -> Api:
    return Api(key_for(stage.channels["hotel"]))


@pytest.fixture
def order(stage: Stage) -> Callable[..., dict[str, Any]]:
    """The body of a booking of two tickets; with more fields, or other ones."""

    def make(**fields: Any) -> dict[str, Any]:
        lines = [{"item": stage.items["Ticket"].pk, "quantity": 2}]
        return {"event": stage.event.pk, "lines": lines} | fields

    return make
