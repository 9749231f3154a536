"""Whatever an address or a form says, a page answers it: never a 500, and never a page of ten megabytes."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from typing import Any

import pytest
from django.contrib.admin import site
from django.http import QueryDict
from django.test import Client

from events.models import Event, Item, Series
from tests.backoffice.addresses import objects_of, page
from tests.backoffice.kit.test_changes import form_of
from tests.factories import Stage
from tests.proofs import nothing_changed

pytestmark = pytest.mark.django_db

NONSENSE = ("abc", "9" * 30, "\x00", "99999-01-01")
# What the page after a POST is told, and what of a POST alone is read.
NOT_ASKED = {"csrfmiddlewaretoken", "_popup", "_to_field"}


@contextmanager
def read_names(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """The names of parameters that whoever answers looks for."""
    names: set[str] = set()
    with monkeypatch.context() as patch:
        for method in ("get", "__getitem__", "__contains__", "getlist"):
            own = getattr(QueryDict, method)

            def look(self: Any, key: Any, *rest: Any, own: Any = own) -> Any:
                names.add(str(key))
                return own(self, key, *rest)

            patch.setattr(QueryDict, method, look)
        yield names


@pytest.mark.timeout(300)
def test_no_parameter_of_a_list_is_a_500(
    superuser: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each list is asked with nonsense for every parameter that it, or a filter of it, reads.

    The kinds of nonsense take turns: a parameter of many lists meets them all.
    """
    superuser.raise_request_exception = False
    failed, asked, common = [], 0, set[str]()
    nonsense = cycle(NONSENSE)
    for model in dict.fromkeys(type(one) for one in objects_of(stage)):
        path = page(model, "changelist")
        with read_names(monkeypatch) as names:
            lists = superuser.get(path).context["cl"]
        for spec in lists.filter_specs:
            names.update(name for name in spec.expected_parameters() if name)
        for name in sorted(names - NOT_ASKED - common):
            value = next(nonsense)
            asked += 1
            if superuser.get(path, {name: value}).status_code >= 500:
                failed.append((path, name, value))
        common |= {name for name in names if name.startswith("_")}
    assert failed == []
    assert asked > 100


def test_a_choice_that_is_no_row_is_a_form_error(superuser: Client, stage: Stage) -> None:
    """Of a field with a search, whose box looks up what was sent to show it again."""
    for model, names in ((Series, ("venue",)), (Event, ("venue", "series"))):
        for value in NONSENSE:
            form = {"name": "Late", "starts_at_0": "2030-01-01", "starts_at_1": "19:00"}
            answer = superuser.post(page(model, "add"), form | dict.fromkeys(names, value))
            errors = answer.context["adminform"].form.errors
            assert set(names) <= errors.keys(), (model, value)


def test_a_form_makes_no_more_rows_than_may_be_added(superuser: Client, stage: Stage) -> None:
    item = stage.items["Ticket"]
    url = page(item, "change")
    maximum = (
        site.get_model_admin(Item).get_inline_instances(superuser.get(url).wsgi_request)[0].max_num
    )
    assert maximum is not None
    with nothing_changed():
        form = form_of(superuser, url, reason="Many", **{"components-TOTAL_FORMS": "9999999"})
        answer = superuser.post(url, form)
    assert answer.status_code == 200
    assert len(answer.context["inline_admin_formsets"][0].formset.forms) <= maximum
