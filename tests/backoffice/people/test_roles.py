"""Pages, actions and views open for the roles that docs/roles.md names, and for no others.

Every link that a page shows leads to a page that its reader may open.
"""

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.roles import Role, permissions_of
from backoffice.kit.base import BaseAdmin
from exchange.exports import SOURCES
from finlo_inventory.made.roles import views
from sales.keepers import HAND_OUT, KEEP
from tests.backoffice.addresses import every_page, page, transfer_pages
from tests.backoffice.conftest import SignIn, person, signed_in
from tests.backoffice.walking import Walk, rows_of_everybody, walk
from tests.factories import Stage
from tests.kept import kept

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(300)]

# What a hold's owner may do, and of the holds of others who has this right as well.
OF_OTHERS = {"adjust": {KEEP}, "end_early": {KEEP}, "add_guests": {HAND_OUT}}

STAFF_ROLES = [role for role in Role if permissions_of(role)]


def may(role: Role, verb: str, model: type[Model]) -> bool:
    opts = model._meta
    return f"{opts.app_label}.{verb}_{opts.model_name}" in permissions_of(role)


def status(client: Client, url: str) -> int:
    return client.get(url).status_code


@kept
def objects(stage: Stage) -> list[Model]:
    return rows_of_everybody(stage)


@kept
def walks(stage: Stage, objects: list[Model]) -> dict[Role, Walk]:
    """All pages, asked for once by each role."""
    start = ["/admin/", "/board/", *every_page(objects), *transfer_pages(stage)]
    return {role: walk(signed_in(person(role, stage)), start) for role in STAFF_ROLES}


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_no_link_leads_to_a_page_that_its_reader_may_not_open(
    role: Role, walks: dict[Role, Walk]
) -> None:
    assert walks[role].broken == {}
    assert len(walks[role].shown) > 50


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_each_page_opens_for_the_roles_that_may_view_it(
    role: Role, objects: list[Model], walks: dict[Role, Walk]
) -> None:
    for one in objects:
        model = type(one)
        expected = 200 if may(role, "view", model) else 403
        for url in (page(model, "changelist"), page(one, "change"), page(one, "history")):
            assert walks[role].statuses[url] == expected, (role, url)


def test_a_manager_opens_each_list_and_page_of_the_own_venue(
    objects: list[Model], walks: dict[Role, Walk]
) -> None:
    for one in objects:
        for url in (page(type(one), "changelist"), page(one, "change")):
            assert walks[Role.VENUE_MANAGER].statuses[url] == 200, url


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_each_action_opens_for_the_roles_that_have_its_permission(
    role: Role, objects: list[Model], walks: dict[Role, Walk]
) -> None:
    held = permissions_of(role)
    asked = 0
    for one in objects:
        model_admin = admin.site.get_model_admin(type(one))
        assert isinstance(model_admin, BaseAdmin)
        for action in model_admin._get_base_actions_detail():
            url = reverse(f"admin:{action.action_name}", args=(one.pk,))
            found = walks[role].statuses[url]
            needed = {action.method.permission, *OF_OTHERS.get(action.method.__name__, ())}
            if needed <= held:
                assert found in {200, 302}, (role, url)
            else:
                assert found == 403, (role, url)
            asked += 1
    assert asked > 20


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_each_view_opens_for_the_roles_that_the_matrix_names(
    role: Role, stage: Stage, sign_in: SignIn
) -> None:
    client = sign_in(person(role, stage))
    column = list(Role).index(role)
    said = {name: cells[column] == "yes" for name, cells in views()}
    map_url = reverse("admin:allocations_saleschannel_map")
    assert status(client, map_url) == (200 if said["Channel map"] else 403)
    overdue = reverse("admin:sales_booking_overdue")
    assert status(client, overdue) == (200 if said["Overdue payments"] else 403)
    several = reverse("admin:allocations_saleschannel_several")
    assert status(client, several) == (200 if said["Several channels at once"] else 403)
    prices = reverse("admin:events_event_prices", args=(stage.event.pk,))
    assert status(client, prices) == (200 if said["Event prices"] else 403)
    upload = client.post(reverse("admin:exchange_hub"))  # without a file: the form again
    assert upload.status_code == (200 if said["Import and export · import"] else 403)
    assert status(client, reverse("admin:index")) == 200
    timeline = reverse("admin:events_event_timeline", args=(stage.event.pk,))
    assert (status(client, timeline) == 200) is said["Event timeline · set-up"]
    statement = reverse(
        "admin:events_event_statement", args=(stage.event.pk, stage.channels["web"].pk)
    )
    assert (status(client, statement) == 200) is said["Allocation statement"]
    for source in SOURCES.values():
        url = f"{reverse('admin:exchange_export')}?what={source.name}&kind=CSV"
        handed_out = "attachment" in client.get(url).headers.get("Content-Disposition", "")
        row = f"Import and export · export of {source.title.lower()}"
        assert handed_out is said[row], (role, row)
