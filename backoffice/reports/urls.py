from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.urls import path

from backoffice.reports import calendar, pages

app_name = "reports"


def _page(view: Callable[..., Any]) -> Callable[..., Any]:
    return admin.site.admin_view(view)


urlpatterns = [
    path("", _page(pages.index), name="index"),
    path("calendar/", _page(calendar.change), name="calendar"),
    path("<slug:name>/", _page(pages.report), name="report"),
    path("<slug:name>/<slug:kind>/", _page(pages.file), name="file"),
]
