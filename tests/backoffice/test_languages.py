"""Whatever a page says can be said in another language."""

from pathlib import Path

import pytest
from django.test import Client

from tests.backoffice.addresses import every_page, transfer_pages
from tests.backoffice.pseudo import LANGUAGE, spoken, untranslated, words_of_the_data
from tests.backoffice.walking import rows_of_everybody
from tests.factories import Stage, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(300)]

# Names of things that have no other in any language.
NAMES = {
    "finlo",
    "inventory",
    "csv",
    "xlsx",
    "api",
    "url",
    "sms",
    "slack",
    "webhook",
    "https",
    "http",
    "json",
    "utc",
    "ist",
    "inr",
    "english",
    "example",
    "com",
    "gst",
    "upi",
    "dlt",
    "ctrl",
    "esc",
}


def test_no_page_shows_what_cannot_be_translated(stage: Stage, tmp_path: Path) -> None:
    person = make_user(is_staff=True, is_superuser=True, language=LANGUAGE)
    client = Client()
    client.force_login(person)
    addresses = [*every_page(rows_of_everybody(stage)), *transfer_pages(stage)]
    known = words_of_the_data() | NAMES
    found: dict[str, list[str]] = {}
    with spoken(tmp_path):
        for address in addresses:
            answer = client.get(address)
            if (
                answer.status_code == 200
                and "html" in answer.headers["Content-Type"]
                and not answer.streaming
            ):
                for text in untranslated(answer.text, known):
                    found.setdefault(text, []).append(address)
    assert {word: pages[:2] for word, pages in sorted(found.items())} == {}
