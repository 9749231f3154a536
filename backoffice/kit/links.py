"""A page links only to pages that its reader may open: links that a reader may lack the permission for are made here.

A test follows every link of every page for each role.
"""

from collections.abc import Callable
from contextvars import ContextVar
from copy import copy
from typing import Any

from django.apps import apps
from django.contrib.admin import site
from django.db.models import ForeignKey, Model
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from common.addresses import change_url

# Whoever the page is for: a cell of a list is given its row alone.
_request: ContextVar[HttpRequest | None] = ContextVar("reader of the page", default=None)


class RememberReader:
    """Middleware: whom the pages of a request are for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        token = _request.set(request)
        try:
            return self.get_response(request)
        finally:
            _request.reset(token)


def reader() -> Any:
    """Whom the page is for; None in a task."""
    request = _request.get()
    return None if request is None else request.user


def reader_opens(label: str) -> bool:
    """Whether the reader may open pages of a model, by its label, "app.model".

    Nobody may where no page is made for anybody, as in a task.
    """
    request = _request.get()
    if request is None:
        return False
    model = apps.get_model(label)
    return site.is_registered(model) and site.get_model_admin(model).has_view_permission(request)


def page_link(label: str, number: object, text: object) -> SafeString:
    """To the page of an object of a model, or its name alone where the reader may not open it."""
    if not reader_opens(label):
        return conditional_escape(text if isinstance(text, str) else str(text))
    url = reverse(f"admin:{label.replace('.', '_')}_change", args=(number,))
    return format_html('<a class="finlo-link" href="{}">{}</a>', url, text)


def object_link(target: Model, text: object = "") -> SafeString:
    """The same of an object at hand, called by its name or by ``text``."""
    return page_link(target._meta.label_lower, target.pk, text or target)


def page_url(target: Model | None) -> str:
    """The address of an object's page; empty where the reader may not open it."""
    if target is None or not reader_opens(target._meta.label_lower):
        return ""
    return change_url(target)


def with_own_links(admin: Any, obj: Model) -> Any:
    """``admin`` for the page of ``obj``: its fields to read link to what the reader may open.

    Unfold links every foreign key to the page of its row and asks for no permission.
    """
    plain = {
        field.name: _without_link(str(target))
        for field in obj._meta.concrete_fields
        if isinstance(field, ForeignKey)
        if (target := getattr(obj, field.name)) is not None
        if not reader_opens(target._meta.label_lower)
    }
    page_admin = copy(admin)
    page_admin.readonly_preprocess_fields = plain | admin.readonly_preprocess_fields
    return page_admin


def _without_link(text: str) -> Callable[[SafeString], SafeString]:
    return lambda _contents: conditional_escape(text)
