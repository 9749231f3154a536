"""Whoever reads a test message says so by its link."""

from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone

from accounts.roles import Role
from alerts import services
from alerts.links import test_link as link_of
from alerts.models import Delivery, Endpoint
from common.actor import SYSTEM
from tests.alerts.staging import make_endpoint, team_of
from tests.factories import make_stage

pytestmark = pytest.mark.django_db


def answered() -> datetime | None:
    return Delivery.objects.values_list("answered_at", flat=True).get()


def test_looking_answers_nothing_and_pressing_does_once() -> None:
    endpoint = make_endpoint(team_of(make_stage(), Role.BOX_OFFICE))
    delivery = services.send_test(endpoint, by=SYSTEM, now=timezone.now())
    address = "/" + link_of(delivery).split("/", 3)[3]
    client = Client()
    assert "I have read it" in client.get(address).content.decode()
    assert answered() is None
    assert client.post(address, follow=True).status_code == 200
    first = answered()
    assert first is not None
    client.post(address)
    assert answered() == first
    assert client.get(address[:-3] + "abc/").status_code == 403
    Endpoint.objects.update(is_active=False)
    assert client.get(address).status_code == 410
