"""Whatever a form is sent, it answers: never a 500, and never a page of ten megabytes."""

import pytest
from django.test import Client

from common.admin import MOST_ROWS
from events.models import Event, Series
from tests.admin.addresses import page
from tests.admin.test_changes import form_of
from tests.factories import Stage
from tests.proofs import nothing_changed

pytestmark = pytest.mark.django_db

NONSENSE = ("abc", "9" * 30, "\x00", "-1", "١٢")


def test_a_choice_that_is_no_row_is_a_form_error(superuser: Client, stage: Stage) -> None:
    """Of a field with a search, whose box looks up what was sent to show it again."""
    assert stage.event.pk
    for model, names in ((Series, ("venue",)), (Event, ("venue", "series"))):
        for value in NONSENSE:
            form = {"name": "Late", "starts_at_0": "2030-01-01", "starts_at_1": "19:00"}
            answer = superuser.post(page(model, "add"), form | dict.fromkeys(names, value))
            errors = answer.context["adminform"].form.errors
            assert set(names) <= errors.keys(), (model, value)
            assert superuser.get(page(model, "add"), {"venue": value}).status_code in {200, 404}


def test_a_form_makes_no_more_rows_than_are_shown_at_once(superuser: Client, stage: Stage) -> None:
    """Also where none may be added: the item has sold, and what it consists of stays as it is."""
    stage.sell()
    url = page(stage.items["Ticket"], "change")
    form = form_of(superuser, url, reason="Many")
    with nothing_changed():
        answer = superuser.post(url, form | {"components-TOTAL_FORMS": "9999999"})
    assert answer.status_code == 200
    assert len(answer.context["inline_admin_formsets"][0].formset.forms) <= MOST_ROWS
    assert superuser.post(url, form | {"name": "Another"}).status_code == 302
