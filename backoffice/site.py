"""The site of all pages."""

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, path
from django.utils.functional import SimpleLazyObject
from unfold.sites import UnfoldAdminSite


class Site(UnfoldAdminSite):
    """Unfold's, which makes a list of all models and their addresses only for a page that shows it."""

    def get_urls(self) -> list[URLPattern | URLResolver]:
        # With its own permissions, and after all apps are there.
        from backoffice.finding.answer import find

        return [path("find/", self.admin_view(find), name="find"), *super().get_urls()]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        # Asked for with every page, an eighth of its time; our sidebar is a list of its own.
        return SimpleLazyObject(partial(super().get_app_list, request, app_label))
