"""In which language a page, a refusal and a message is said."""

import pytest
from django.conf import settings
from django.http import HttpRequest, StreamingHttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from accounts.language import SpeakTheirLanguage
from accounts.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db

WHAT_TO_DO = "क्या करें"


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_a_page_is_in_the_language_that_the_person_has_chosen_whatever_the_browser_asks() -> None:
    person = make_user(is_staff=True, is_superuser=True, language="hi")
    answer = signed_in(person).get(reverse("admin:index"), headers={"accept-language": "en"})
    assert answer.headers["Content-Language"] == "hi"
    assert '<html lang="hi"' in answer.text
    assert "कार्यक्रम" in answer.text
    assert translation.get_language() == settings.LANGUAGE_CODE


def test_who_has_chosen_none_gets_what_the_browser_asks_if_we_have_it() -> None:
    for asked, got in (
        ("hi-IN,en;q=0.5", "hi"),
        ("ta,hi;q=0.9", "hi"),
        ("ta", "en"),
        ("*;\x7f", "en"),
    ):
        answer = Client().get(reverse("admin:login"), headers={"accept-language": asked})
        assert answer.headers["Content-Language"] == got, asked
        assert "Accept-Language" in answer.headers["Vary"]


def test_a_program_without_a_session_costs_no_statement(
    django_assert_num_queries: object,
) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        answer = Client().get("/api/v1/events/", headers={"accept-language": "hi"})
    assert answer.status_code == 401
    assert answer.headers["Content-Language"] == "hi"


def test_a_choice_in_the_menu_is_kept_with_the_person_and_in_the_history() -> None:
    person = make_user(is_staff=True, is_superuser=True)
    client = signed_in(person)
    page = client.get(reverse("admin:index"))
    assert f'action="{reverse("language")}"' in page.text
    answer = client.post(reverse("language"), {"language": "hi", "next": "/admin/events/event/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/events/event/")
    person.refresh_from_db()
    assert person.language == "hi"
    assert person.history.latest().language == "hi"
    assert client.get(reverse("admin:index")).headers["Content-Language"] == "hi"


@pytest.mark.parametrize("language", ["", "xx", "../hi", "hi\x00", "h" * 9_000, "HI"])
def test_a_language_that_is_none_of_ours_changes_nothing(language: str) -> None:
    person = make_user(is_staff=True, language="hi")
    client = signed_in(person)
    answer = client.post(reverse("language"), {"language": language, "next": "https://evil.test/"})
    assert answer.status_code == 302
    assert "evil" not in answer.headers["Location"]
    person.refresh_from_db()
    assert person.language == "hi"


def test_the_choice_is_an_act_and_no_address() -> None:
    assert signed_in(make_user(is_staff=True)).get(reverse("language")).status_code == 405


def test_what_is_streamed_stays_in_the_language_of_the_request() -> None:
    def view(_request: HttpRequest) -> StreamingHttpResponse:
        return StreamingHttpResponse(gettext("What to do") for _ in range(2))

    request = RequestFactory().get("/", headers={"accept-language": "hi"})
    answer = SpeakTheirLanguage(view)(request)
    assert isinstance(answer, StreamingHttpResponse)
    assert answer.getvalue().decode() == WHAT_TO_DO * 2
    assert gettext("What to do") == "What to do"
