"""A saved view: named, renamed, shared with a team, deleted by whoever has saved it; opened from above its list."""

from typing import Any, ClassVar, cast

from django import forms
from django.apps import apps
from django.contrib.admin import AdminSite
from django.core.exceptions import ValidationError
from django.db.models import Model, Q
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.models import User
from accounts.selectors import within_venues
from alerts.models import AlertTeam
from backoffice.kit.base import BaseAdmin
from backoffice.kit.forms import AdminForm
from backoffice.kit.list_export import list_url
from planning.models import SavedView
from planning.models.views import LONGEST_QUERY
from planning.views.selectors import query_of, visible_to


def list_of(site: AdminSite, request: HttpRequest, listing: str) -> Any:
    """The page whose list it is, where the person may open it; else nothing."""
    model = model_of(listing)
    if model is None or not site.is_registered(model):
        return None
    admin = site.get_model_admin(model)
    return admin if admin.has_view_permission(request) else None


def model_of(listing: str) -> type[Model] | None:
    try:
        return apps.get_model(listing)
    except (LookupError, ValueError):
        return None


class SavedViewForm(AdminForm):
    """Of a new one, what it is of comes from the list that was open, and is checked as if it were typed."""

    listing = forms.CharField(required=False, widget=forms.HiddenInput)
    query = forms.CharField(required=False, widget=forms.HiddenInput)
    request: HttpRequest
    site: AdminSite

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.instance.pk is None:
            self.instance.owner = cast("User", self.request.user)
            listing, query = data.get("listing", ""), query_of(QueryDict(data.get("query", "")))
            if list_of(self.site, self.request, listing) is None:
                raise ValidationError(_("Save a view from above its list."))
            if len(query) > LONGEST_QUERY:
                raise ValidationError(_("The list is filtered by too much to be saved."))
            data |= {"listing": listing, "query": query}
        return data


class SavedViewAdmin(BaseAdmin):
    form = SavedViewForm
    # Of nobody's concern but the owner's.
    reason_required = False
    deletion_needs_reason = False
    related = ("owner", "team__venue")
    list_display = ("name", "list_title", "owner", "team")
    search_fields = ("name",)
    ordering = ("listing", "name", "pk")
    sortable_by = ()
    constraint_messages: ClassVar[Any] = {
        "saved_view_name_once": ("name", _("You have a view of this list by this name already.")),
    }

    def scope(self, request: HttpRequest) -> Q:
        return Q(pk__in=visible_to(cast("User", request.user)).values("pk"))

    # Whoever has a list may keep views of it; nobody changes somebody else's.
    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_staff)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del obj
        return bool(request.user.is_staff)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_staff)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_staff) and (obj is None or obj.owner_id == request.user.pk)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        del request
        shown = ("listing", "query") if obj is None else ("list_title",)
        return ((None, {"fields": ("name", "team", *shown)}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else ("list_title",)

    def get_form(
        self,
        request: HttpRequest,
        obj: Any = None,
        change: bool = False,  # noqa: FBT002 - Django's own
        **kwargs: Any,
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.request, form.site = request, self.admin_site
        return form

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        teams = AlertTeam.objects.filter(within_venues(request.user, "venue"))
        kwargs["queryset"] = teams.select_related("venue").order_by("venue__name", "name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def response_add(
        self, request: HttpRequest, obj: SavedView, post_url_continue: Any = None
    ) -> HttpResponseBase:
        super().response_add(request, obj, post_url_continue)  # says that it is done
        return redirect(self.address(request, obj))

    def response_change(self, request: HttpRequest, obj: SavedView) -> HttpResponseBase:
        super().response_change(request, obj)
        return redirect(self.address(request, obj))

    def address(self, request: HttpRequest, view: SavedView) -> str:
        """Of its list, as it was saved."""
        admin = list_of(self.admin_site, request, view.listing)
        if admin is None:
            return reverse("admin:index")
        return f"{list_url(admin)}?{view.query}" if view.query else list_url(admin)

    @display(description=_("list"))
    def list_title(self, view: SavedView) -> str:
        model = model_of(view.listing)
        return view.listing if model is None else str(capfirst(model._meta.verbose_name_plural))
