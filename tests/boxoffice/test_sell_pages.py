"""The pages of the sell screen as the web server gives them: what a device may keep is nobody's."""

import json
import re
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from allocations.enums import ChannelKind, ChannelPlace
from boxoffice.sell import release
from boxoffice.sell.words import WORDS
from tests.factories import make_channel, make_user, make_venue

pytestmark = pytest.mark.django_db


def clerk_of(*names: str, role: Role = Role.BOX_OFFICE) -> User:
    """Somebody of a venue that has counters of these names."""
    venue = make_venue(name="Blue Hall")
    for name in names:
        make_channel(venue, name, kind=ChannelKind.PHYSICAL, place=ChannelPlace.BOX_OFFICE)
    make_channel(venue, "shop")
    user = make_user(name="Asha Rao", is_staff=True)
    user.groups.add(Group.objects.get(name=role.value))
    user.venues.add(venue)
    return user


def text_of(path: str) -> str:
    return Path(finders.find(path) or "").read_text()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_clerk_chooses_among_the_counters_of_the_venue() -> None:
    page = signed_in(clerk_of("Desk", "Gate")).get(reverse("boxoffice:sell")).content.decode()
    assert re.findall(r"<b>(\w+)</b>", page) == ["Desk", "Gate"]
    assert "Blue Hall" in page


@pytest.mark.parametrize(
    ("role", "sentence"),
    [(Role.BOX_OFFICE, "You have no counter."), (Role.AUDITOR, "Your role does not sell.")],
)
def test_who_cannot_sell_is_told_what_to_do(role: Role, sentence: str) -> None:
    page = signed_in(clerk_of(role=role)).get(reverse("boxoffice:sell")).content.decode()
    assert sentence in page
    assert "Ask a venue manager" in page


def test_nobody_opens_a_counter_without_signing_in() -> None:
    for address in (
        reverse("boxoffice:sell"),
        reverse("boxoffice:sell-counter", args=[1]),
    ):
        assert Client().get(address).status_code == 302


def test_the_page_that_devices_keep_is_the_same_for_everybody() -> None:
    shell = Client().get(reverse("boxoffice:sell-shell"))
    own = signed_in(clerk_of("Desk")).get(reverse("boxoffice:sell-counter", args=[1]))
    without_nonce = [re.sub(r'nonce="[^"]*"', "", page.content.decode()) for page in (shell, own)]
    assert without_nonce[0] == without_nonce[1]
    assert "Asha" not in without_nonce[1]
    assert "csrftoken" in own.cookies


def test_the_worker_of_the_other_pages_keeps_one_that_says_why() -> None:
    script = Client().get(reverse("boxoffice:sell-away-worker"))
    assert script.headers["Service-Worker-Allowed"] == "/"
    told = json.loads(script.content.decode().partition("const RELEASE = ")[2].partition(";\n")[0])
    page = Client().get(told["page"])
    assert (page.status_code, "Vary" in page.headers and "Cookie" in page.headers["Vary"]) == (
        200,
        False,
    )
    loaded = set(re.findall(r'"(/static/[^"]+)"', page.content.decode()))
    assert loaded == set(told["assets"])


def test_the_worker_keeps_the_page_and_all_that_it_loads() -> None:
    script = Client().get(reverse("boxoffice:sell-worker"))
    assert script.headers["Content-Type"].startswith("text/javascript")
    told = json.loads(re.match(r"const RELEASE = (.*);\n", script.content.decode())[1])  # type: ignore[index]
    assert told["shell"] == reverse("boxoffice:sell-shell")
    page = Client().get(told["shell"]).content.decode()
    loaded = set(re.findall(r'"(/static/[^"]+)"', page))
    assert loaded <= set(told["assets"])
    for path in (*release.MODULES.values(), *release.STYLES, *release.ICONS):
        assert finders.find(path), path


def test_every_module_that_a_module_imports_is_in_the_page_s_map() -> None:
    for path in release.MODULES.values():
        text = text_of(path)
        assert set(re.findall(r'from "(#[^"]+)"', text)) <= release.MODULES.keys(), path


def test_a_changed_page_is_a_new_version() -> None:
    assert release.version_of("page") == release.version_of("page")
    assert release.version_of("page") != release.version_of("page.")


def test_every_word_that_the_scripts_say_is_there() -> None:
    said: set[str] = set()
    for name, path in release.MODULES.items():
        if name.startswith("#sell/"):
            for words in re.findall(r"\bsay\(([^,()]+)", text_of(path)):
                # One, or one of two: say("hold"), say(busy ? "holding" : "hold").
                said |= set(re.findall(r'(?:^|[?:])\s*"([\w-]+)"', words))
    assert {"hold", "takePayment"} <= said
    assert said - WORDS.keys() == set()


def test_the_manifest_opens_the_sell_screen() -> None:
    manifest = Client().get(reverse("boxoffice:sell-manifest")).json()
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == (
        "/sell/",
        "/sell/",
        "standalone",
    )
    assert [icon["sizes"] for icon in manifest["icons"]] == ["192x192", "512x512"]
