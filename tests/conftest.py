"""Fixtures that every folder of tests may use. The servers are started in tests/plugin.py."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as project
from django.core.management import call_command
from django.db import connection
from django.template.base import Template
from django.template.context import Context
from django.test import TransactionTestCase
from django.test.signals import template_rendered
from django.utils.safestring import SafeString
from hypothesis import settings
from playwright.sync_api import Browser, Error, Page, expect
from pytest_django.plugin import DjangoDbBlocker

from tests.chromium import end_before, installed, running
from tests.emptying import empty_tables
from tests.kept import _kept_rows, release
from tests.live import LiveSystem
from tests.servers import TestServer
from tests.template import TEMPLATE

__all__ = ["_kept_rows"]  # found here by pytest

# How long an example takes says how busy the machine is, and nothing else: bin/bench measures.
settings.register_profile("finlo", deadline=None)
settings.load_profile("finlo")
# Milliseconds that a page may take to show what is expected: five seconds are few on a busy machine.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_collected() -> Iterator[None]:
    """As in a fresh clone: where static files have been collected, each `Client` looks through all of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(project, "STATIC_ROOT", Path(os.environ["FINLO_STATE_DIR"]) / "static")
        yield


@pytest.fixture(scope="session", autouse=True)
def _pages_are_noted_and_not_their_parts(django_test_environment: None) -> Iterator[None]:
    """`response.context` is the page's. A page has hundreds of parts, and Django copies the context for each."""

    def render(template: Template, context: Context) -> SafeString:
        if context.template is template:
            template_rendered.send(sender=template, template=template, context=context)
        return template.nodelist.render(context)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Template, "_render", render)
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """The test database is a copy of one in which all migrations have run, where there is one."""
    connection.settings_dict["TEST"]["TEMPLATE"] = os.environ.get(TEMPLATE)


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """It is not dropped in the end, which a forgotten connection would refuse: its server is thrown away."""
    return True


@pytest.fixture(scope="session")
def django_db_createdb() -> bool:
    """It is made anew in the beginning all the same."""
    return True


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test database, with the roles that `manage.py prepare` makes in every other."""
    with django_db_blocker.unblock():
        call_command("sync_roles", verbosity=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: empty_tables())
        yield


@pytest.fixture
def _django_db_helper(_kept_rows: None, _django_db_helper: None) -> None:
    """pytest-django's, in which the transaction of a test begins."""


@pytest.fixture
def redis_server() -> Iterator[TestServer]:
    """A Redis of its own for a test that stops, starts or kills it. Started."""
    server = TestServer("redis")
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def postgres_server() -> Iterator[TestServer]:
    """A durable PostgreSQL of its own for a test that stops, starts or kills it. Started."""
    server = TestServer("postgres")
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def live_system() -> Iterator[LiveSystem]:
    """The real processes with the demo season, once for the session.

    Its Redis may be stopped by a test that starts it again.
    """
    system = LiveSystem(os.environ["DATABASE_URL"])
    try:
        system.start()
        yield system
    finally:
        system.remove()
        shutil.rmtree(system.directory, ignore_errors=True)


@pytest.fixture(scope="module")
def browser() -> Browser:
    """Headless Chromium. It goes on running for the next file that asks for it."""
    found = installed()
    if found is None:
        pytest.skip("Chromium is not installed; bin/test installs it on Debian as root")
    return running(found)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """What the next test has no use for does not stay."""
    try:
        return (yield)
    finally:
        release(item, nextitem)
        end_before(item, nextitem)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a fresh profile. An error in our own scripts fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    errors: list[Error] = []
    page.on("pageerror", lambda error: errors.append(error))  # noqa: PLW0108 - it marks its handlers
    yield page
    context.close()
    assert errors == []
