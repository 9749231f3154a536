"""Only superusers manage people, roles and login attempts."""

from datetime import UTC, datetime
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from tests.backoffice.addresses import page
from tests.backoffice.conftest import SignIn, person
from tests.backoffice.kit.test_changes import errors_of, form_of
from tests.factories import Stage, make_user
from tests.proofs import nothing_changed

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough phrase 7"


def test_a_person_who_is_given_a_role_signs_in_with_it(superuser: Client, stage: Stage) -> None:
    form = {
        "email": "Asha@Example.com",
        "name": "Asha Rao",
        "groups": [Group.objects.get(name=Role.BOX_OFFICE.value).pk],
        "venues": [stage.event.venue.pk],
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    assert superuser.post(page(User, "add"), form).status_code == 302
    made = User.objects.get(email="asha@example.com")
    assert list(made.venues.all()) == [stage.event.venue]
    client = Client()
    login = {"username": "ASHA@example.com", "password": PASSWORD}
    assert client.post(reverse("admin:login"), login).status_code == 302
    assert client.get(page(stage.event, "change")).status_code == 200


def test_a_person_without_a_role_any_more_is_let_in_no_more(
    superuser: Client, stage: Stage
) -> None:
    user = person(Role.BOX_OFFICE, stage)
    client = Client()
    client.force_login(user)
    assert client.get(reverse("admin:index")).status_code == 200
    form = {
        "email": user.email,
        "name": user.name,
        "venues": [stage.event.venue.pk],
        "is_active": "on",
        "opened_state": str(user.history.latest().pk),
        "reason": "Left the counter",
    }
    assert superuser.post(page(user, "change"), form).status_code == 302
    assert client.get(reverse("admin:index")).status_code == 302
    assert superuser.post(page(user, "change"), form).status_code == 200  # of an older state


def test_the_pages_of_a_person_speak_plainly_and_offer_the_only_venue(
    superuser: Client, stage: Stage
) -> None:
    user = make_user(password=PASSWORD)
    user.venues.add(stage.event.venue)
    user.last_login = datetime(2026, 5, 3, 20, 0, tzinfo=UTC)
    user.save()
    shown = superuser.get(page(user, "change")).content.decode()
    assert "4 May 2026, 01:30 IST" in shown
    assert "A password is set. Nobody can read it; it can be replaced." in shown
    assert f"/admin/accounts/user/{user.pk}/password/" in shown
    added = superuser.get(page(User, "add"))
    for words in ("pbkdf2", "argon2", "salt", "hash", "Raw passwords", "staff status", "LDAP"):
        assert words not in shown, words
        assert words not in added.content.decode(), words
    assert added.context["adminform"].form.initial["venues"] == [stage.event.venue.pk]


def test_one_address_is_one_person_in_any_case(superuser: Client) -> None:
    make_user(email="asha@example.com")
    form = {
        "email": "ASHA@example.com",
        "name": "Another",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    answer = superuser.post(page(User, "add"), form)
    assert answer.status_code == 200
    assert "email" in answer.context["adminform"].form.errors
    assert not User.objects.filter(name="Another").exists()


def test_roles_and_venues_are_given_with_a_reason(superuser: Client, stage: Stage) -> None:
    user = make_user()
    role = Group.objects.get(name=Role.BOX_OFFICE.value)
    form: dict[str, Any] = {
        "email": user.email,
        "name": user.name,
        "groups": [role.pk],
        "venues": [stage.event.venue.pk],
        "is_active": "on",
        "opened_state": str(user.history.latest().pk),
    }
    refused = superuser.post(page(user, "change"), form)
    assert list(refused.context["adminform"].form.errors) == ["reason"]
    assert superuser.post(page(user, "change"), form | {"reason": "Hired"}).status_code == 302
    user.refresh_from_db()
    assert list(user.groups.all()) == [role]
    assert user.is_staff
    assert list(user.venues.all()) == [stage.event.venue]
    assert User.history.filter(id=user.pk).latest().history_change_reason == "Hired"


@pytest.mark.parametrize("role", [role for role in Role if role != Role.PARTNER])
def test_no_role_sees_or_changes_people(role: Role, stage: Stage, sign_in: SignIn) -> None:
    user = person(role, stage)
    client = sign_in(user)
    for model in (User, Group, AccessAttempt):
        assert client.get(page(model, "changelist")).status_code == 403, model
    assert client.get(page(user, "change")).status_code == 403
    assert client.post(page(user, "change"), {"is_superuser": "on"}).status_code == 403
    assert client.get(f"/admin/accounts/user/{user.pk}/password/").status_code == 403
    user.refresh_from_db()
    assert not user.is_superuser


def test_even_a_permission_given_by_hand_opens_no_people(stage: Stage, sign_in: SignIn) -> None:
    from django.contrib.auth.models import Permission

    user = person(Role.VENUE_MANAGER, stage)
    user.user_permissions.set(Permission.objects.filter(codename__endswith="_user"))
    assert sign_in(user).get(page(User, "changelist")).status_code == 403


def test_people_and_roles_are_not_deleted_and_roles_not_changed(superuser: Client) -> None:
    user, role = make_user(), Group.objects.get(name=Role.AUDITOR.value)
    assert superuser.post(page(user, "delete"), {"reason": "x"}).status_code == 403
    assert superuser.post(page(role, "delete"), {"reason": "x"}).status_code == 403
    assert superuser.get(page(role, "change")).status_code == 200
    assert superuser.post(page(role, "change"), {"name": "Boss"}).status_code == 403


def test_who_is_locked_out_can_be_let_in(superuser: Client) -> None:
    attempt = AccessAttempt.objects.create(
        username="asha@example.com", ip_address="192.0.2.1", failures_since_start=10
    )
    assert superuser.get(page(attempt, "change")).status_code == 200
    superuser.post(page(attempt, "delete"), {"post": "yes", "reason": "She called"})
    assert not AccessAttempt.objects.exists()


def test_an_unknown_person_answers_404(superuser: Client) -> None:
    for verb in ("change", "history", "password"):
        assert superuser.get(f"/admin/accounts/user/999999/{verb}/").status_code == 404, verb


def test_channels_are_given_with_their_venue_and_only_of_the_persons_venues(
    superuser: Client, stage: Stage, other: Stage
) -> None:
    clerk = person(Role.BOX_OFFICE, stage)
    url = page(clerk, "change")
    web, foreign = stage.channels["web"], other.channels["web"]
    assert f"{stage.event.venue} · web" in superuser.get(url).content.decode()
    form = form_of(superuser, url, reason="Desk") | {"channels": [web.pk, foreign.pk]}
    with nothing_changed():
        [said] = errors_of(superuser.post(url, form))["channels"]
    assert said == f"The person does not work for the venue of: {other.event.venue} · web."
    assert superuser.post(url, form | {"channels": [web.pk]}).status_code == 302
    assert list(clerk.channels.all()) == [web]
    assert clerk.history.latest().channels.count() == 1
