"""Who fails to sign in too often has to wait; nobody else has to."""

from typing import Any

import pytest
from axes.models import AccessAttempt
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.addresses import client_address
from accounts.models import User
from accounts.throttle import FAILURES_PER_ADDRESS
from tests.factories import make_user
from tests.kept import kept

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough phrase 7"
OFFICE, ATTACKER = "192.0.2.10", "198.51.100.66"


@kept
def asha() -> User:
    return make_user(email="asha@example.com", password=PASSWORD, is_staff=True)


@pytest.fixture
def behind_proxy(settings: Any) -> None:
    settings.BEHIND_PROXY = True


def sign_in(email: str, password: str, **address: Any) -> int:
    form = {"username": email, "password": password}
    return Client().post(reverse("admin:login"), form, **address).status_code


def through_proxy(address: str, claimed: str = "") -> dict[str, str]:
    hops = ", ".join(filter(None, (claimed, address)))
    return {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": hops}


def asked(**headers: str) -> HttpRequest:
    return RequestFactory().get("/", **headers)  # type: ignore[arg-type]


def test_an_address_is_the_one_that_our_proxy_saw(behind_proxy: None) -> None:
    assert client_address(asked(**through_proxy(OFFICE))) == OFFICE
    assert client_address(asked(**through_proxy(OFFICE, claimed="203.0.113.5, 1.1.1.1"))) == OFFICE
    assert client_address(asked(**through_proxy("2001:DB8::1"))) == "2001:db8::1"


@pytest.mark.parametrize("written", ["", "unknown", "203.0.113.5,", "203.0.113.5, x' OR 1=1"])
def test_what_is_no_address_counts_for_the_proxy(behind_proxy: None, written: str) -> None:
    request = asked(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=written)
    assert client_address(request) == "10.0.0.1"


def test_a_person_is_one_however_the_address_is_written(asha: User) -> None:
    for written in [
        "ASHA@example.com",
        "aſha@example.com",
        " Ａsha@Example.COM ",
        "asha@example.com",
    ] * 3:
        sign_in(written, "wrong", REMOTE_ADDR=ATTACKER)
    assert sign_in("asha@example.com", PASSWORD, REMOTE_ADDR=ATTACKER) == 429
    assert sign_in("asha@example.com", PASSWORD, REMOTE_ADDR=OFFICE) == 302


def test_without_a_proxy_nobody_names_an_own_address(settings: Any) -> None:
    settings.BEHIND_PROXY = False
    assert client_address(asked(**through_proxy(OFFICE))) == "10.0.0.1"


def test_an_attacker_behind_the_same_proxy_locks_nobody_out(behind_proxy: None, asha: User) -> None:
    attempt = through_proxy(ATTACKER, claimed=OFFICE)
    answers = [sign_in(asha.email, "wrong", **attempt) for _ in range(10)]
    assert answers == [200] * 9 + [429]
    assert sign_in(asha.email, PASSWORD, **through_proxy(ATTACKER)) == 429
    assert sign_in(asha.email, PASSWORD, **through_proxy(OFFICE)) == 302


def test_whoever_guesses_at_many_people_is_locked_out_by_address(asha: User) -> None:
    for n in range(FAILURES_PER_ADDRESS - 1):
        assert sign_in(f"p{n}@example.com", "wrong", REMOTE_ADDR=ATTACKER) == 200
    assert sign_in("last@example.com", "wrong", REMOTE_ADDR=ATTACKER) == 429
    assert sign_in(asha.email, PASSWORD, REMOTE_ADDR=ATTACKER) == 429
    assert sign_in(asha.email, PASSWORD, REMOTE_ADDR=OFFICE) == 302


def test_a_sign_in_clears_only_the_failures_of_that_person(asha: User) -> None:
    for email in (asha.email, "somebody@example.com"):
        sign_in(email, "wrong", REMOTE_ADDR=OFFICE)
    assert sign_in(asha.email, PASSWORD, REMOTE_ADDR=OFFICE) == 302
    assert [one.username for one in AccessAttempt.objects.all()] == ["somebody@example.com"]
