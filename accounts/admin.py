"""People, roles and login attempts. Only superusers manage them."""

from typing import Any, ClassVar

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.models import User
from common.admin import BaseAdmin, HistoryAdmin, ReadOnly, ReadOnlyAdmin
from common.forms import AdminForm


class PersonForm(UserChangeForm, AdminForm):
    class Meta:
        model = User
        fields = "__all__"
        field_classes: ClassVar[dict[str, Any]] = {}


class NewPersonForm(UserCreationForm, AdminForm):
    class Meta:
        model = User
        fields = ("email", "name")
        field_classes: ClassVar[dict[str, Any]] = {}

    def clean_email(self) -> str:
        """Kept in small letters, so that a person has one account however it is typed."""
        return str(self.cleaned_data["email"]).strip().lower()


class SuperuserOnly:
    """Whoever may change people may become anybody: no role has this, only superusers do."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del obj
        return request.user.is_active and request.user.is_superuser

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request, obj)


@admin.register(User)
class PersonAdmin(SuperuserOnly, DjangoUserAdmin, HistoryAdmin):  # type: ignore[type-arg, misc]
    form = PersonForm
    add_form = NewPersonForm
    change_password_form = AdminPasswordChangeForm
    constraint_messages: ClassVar[Any] = {
        "user_email_unique_in_any_case": ("email", _("Somebody has this e-mail address already.")),
    }

    list_display = ("email", "name", "roles", "works_for", "is_active", "is_superuser")
    list_filter = ("groups", "venues", "is_active", "is_superuser")
    search_fields = ("email", "name")
    ordering = ("email",)
    filter_horizontal = ()
    autocomplete_fields = ("venues",)
    readonly_fields = ("last_login", "date_joined")
    # What a person did is signed with the account: it is closed, never deleted.
    has_delete_permission = ReadOnly.has_delete_permission
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        (_("Work"), {"fields": ("groups", "venues")}),
        (
            _("Access"),
            {
                "fields": ("is_active", "is_staff", "is_superuser"),
                "description": _(
                    "Staff may sign in here; a superuser sees every venue and manages people."
                ),
            },
        ),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("email", "name", "usable_password", "password1", "password2"),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups", "venues")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget
            kwargs["label"] = _("Roles")
            kwargs["help_text"] = _("What the person may do.")
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @display(description=_("roles"))
    def roles(self, person: User) -> str:
        return ", ".join(group.name for group in person.groups.all()) or "–"

    @display(description=_("venues"))
    def works_for(self, person: User) -> str:
        if person.is_superuser:
            return str(_("All"))
        return ", ".join(str(venue) for venue in person.venues.all()) or "–"


admin.site.unregister(Group)


@admin.register(Group)
class RoleAdmin(SuperuserOnly, ReadOnlyAdmin):
    """What each role may do, to read: ``accounts/roles.py`` says it, `sync_roles` writes it."""

    list_display = ("name", "people")
    ordering = ("name",)
    fields = ("name", "may")
    readonly_fields = ("name", "may")

    has_add_permission = ReadOnly.has_add_permission
    has_change_permission = ReadOnly.has_change_permission
    has_delete_permission = ReadOnly.has_delete_permission

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        found: QuerySet[Group] = super().get_queryset(request)
        return found.annotate(head_count=Count("user"))

    @display(description=_("people"), ordering="head_count")
    def people(self, group: Any) -> int:
        return int(group.head_count)

    @display(description=_("may"))
    def may(self, group: Group) -> str:
        names = group.permissions.select_related("content_type").values_list("name", flat=True)
        return "\n".join(sorted(names)) or "–"


for model in (AccessAttempt, AccessLog, AccessFailureLog):
    admin.site.unregister(model)


class LoginAdmin(SuperuserOnly, BaseAdmin):
    """Who tried to sign in. A row may be deleted, never made or changed."""

    has_add_permission = ReadOnly.has_add_permission
    has_change_permission = ReadOnly.has_change_permission
    search_fields = ("username__istartswith", "ip_address__startswith")
    date_hierarchy = "attempt_time"
    ordering = ("-attempt_time",)


@admin.register(AccessAttempt)
class AccessAttemptAdmin(LoginAdmin):
    """To let a locked-out person in again at once: delete the row."""

    list_display = ("attempt_time", "username", "ip_address", "failures_since_start")
    fields = ("attempt_time", "username", "ip_address", "user_agent", "failures_since_start")


@admin.register(AccessLog)
class AccessLogAdmin(LoginAdmin):
    list_display = ("attempt_time", "logout_time", "username", "ip_address")
    fields = ("attempt_time", "logout_time", "username", "ip_address", "user_agent")


@admin.register(AccessFailureLog)
class AccessFailureLogAdmin(LoginAdmin):
    list_display = ("attempt_time", "username", "ip_address", "locked_out")
    fields = ("attempt_time", "username", "ip_address", "user_agent", "locked_out")
