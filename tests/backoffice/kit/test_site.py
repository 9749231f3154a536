"""What each page costs, whatever it shows."""

import pytest
from django.test import Client
from django.urls import reverse
from unfold.sites import UnfoldAdminSite

from events.models import Event
from tests.backoffice.addresses import page
from tests.factories import Stage

pytestmark = pytest.mark.django_db


def test_a_page_makes_no_list_of_all_models(
    stage: Stage, superuser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []

    def make(*asked: object) -> list[object]:
        made.append(asked)
        return []

    monkeypatch.setattr(UnfoldAdminSite, "get_app_list", make)
    for url in (page(Event, "changelist"), page(stage.event, "change"), reverse("admin:index")):
        assert superuser.get(url).status_code == 200
    assert made == []
    # Where it is shown it is made.
    superuser.get(reverse("admin:app_list", args=("events",)))
    assert made != []


def test_the_way_to_the_records_of_an_object_is_of_one_class(stage: Stage) -> None:
    assert type(stage.event.history) is type(Event.history)
    assert stage.event.history.count() == 1
