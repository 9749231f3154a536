"""People, roles and login attempts. Only superusers manage them."""

from typing import Any, ClassVar

from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.models import User
from accounts.roles import may_sign_in
from backoffice.kit.base import BaseAdmin, HistoryAdmin, ReadOnly, ReadOnlyAdmin
from backoffice.kit.choices import VisibleFilter, only_choice, visible
from backoffice.kit.forms import AdminForm
from backoffice.kit.scope import zone_of_work
from common.text import local_time

PASSWORD_HELP = _(
    "At least 8 characters, for example four words; no common one, and not only digits. Tell it to "
    "the person in private."
)


def channel_label(channel: Any) -> str:
    """With its venue: two venues have a box office each."""
    return f"{channel.venue} · {channel}"


class SignsInByRole(AdminForm):
    """Whoever is given a role may sign in with it: nothing else has to be ticked."""

    def _post_clean(self) -> None:
        super()._post_clean()
        if "groups" in self.cleaned_data:
            self.instance.is_staff = may_sign_in(
                is_superuser=self.instance.is_superuser, roles=self.cleaned_data["groups"]
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if {"venues", "channels"} <= data.keys():
            channels = data["channels"].exclude(venue__in=data["venues"]).select_related("venue")
            names = ", ".join(channel_label(channel) for channel in channels)
            if names and not data.get("is_superuser"):
                text = _("The person does not work for the venue of: %s.")
                self.add_error("channels", text % names)
        return data

    def changed_columns(self) -> set[str]:
        return super().changed_columns() | {"is_staff"}


class PersonForm(SignsInByRole):
    class Meta:
        model = User
        fields = (
            "email",
            "name",
            "language",
            "groups",
            "venues",
            "channels",
            "is_active",
            "is_superuser",
        )


class NewPersonForm(UserCreationForm, SignsInByRole):
    # Everybody signs in with a password; there is no other way.
    usable_password = None

    class Meta:
        model = User
        fields = ("email", "name", "language", "groups", "venues", "channels")
        field_classes: ClassVar[dict[str, Any]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = PASSWORD_HELP
        self.fields["password2"].label = _("The same password again")
        self.fields["password2"].help_text = ""

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


class PersonAdmin(SuperuserOnly, DjangoUserAdmin, HistoryAdmin):  # type: ignore[type-arg, misc]
    form = PersonForm
    add_form = NewPersonForm
    change_password_form = AdminPasswordChangeForm
    constraint_messages: ClassVar[Any] = {
        "user_email_unique_in_any_case": ("email", _("Somebody has this e-mail address already.")),
    }

    list_display = ("email", "name", "roles", "works_for", "signs_in", "is_superuser")
    list_filter = ("groups", ("venues", VisibleFilter), "is_active", "is_superuser")
    search_fields = ("email", "name")
    ordering = ("email",)
    filter_horizontal = ()
    autocomplete_fields = ("venues",)
    readonly_fields = ("signs_in", "password_told", "signed_in_last", "made")
    # What a person did is signed with the account: it is closed, never deleted.
    has_delete_permission = ReadOnly.has_delete_permission
    help_texts: ClassVar[Any] = {
        "email": _("With this the person signs in."),
        "is_active": _("Switched off, the person cannot sign in, and what he or she did stays."),
        "is_superuser": _("Sees every venue, may do everything, and manages people."),
    }
    fieldsets = (
        (None, {"fields": ("email", "name", "language", "password_told")}),
        (_("Work"), {"fields": ("groups", "venues", "channels")}),
        (_("Access"), {"fields": ("signs_in", "is_active", "is_superuser")}),
        (_("Dates"), {"fields": ("signed_in_last", "made")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "name", "language")}),
        (_("Work"), {"fields": ("groups", "venues", "channels")}),
        (_("Password"), {"fields": ("password1", "password2")}),
    )
    add_form_template = None  # Django's speaks of what follows; nothing does

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups", "venues")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget
            kwargs["label"] = _("Roles")
            kwargs["help_text"] = _("What the person may do. Whoever has a role may sign in.")
        if db_field.name == "channels":
            kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget
            rows = visible(self.admin_site, db_field, request)
            kwargs["queryset"] = rows.order_by("venue__name", "kind", "name")
            field: Any = super().formfield_for_manytomany(db_field, request, **kwargs)
            field.label_from_instance = channel_label
            return field
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial = dict(super().get_changeform_initial_data(request))
        if venue := only_choice(visible(self.admin_site, User._meta.get_field("venues"), request)):
            initial.setdefault("venues", [venue])
        return initial

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> Any:
        # Django goes on to a second page for the roles; they stand on the first here.
        return super(DjangoUserAdmin, self).response_add(request, obj, post_url_continue)

    @display(description=_("password"))
    def password_told(self, person: User) -> str:
        text = (
            _t("A password is set. Nobody can read it; it can be replaced.")
            if person.has_usable_password()
            else _t("No password is set.")
        )
        address = reverse("admin:auth_user_password_change", args=(person.pk,))
        return format_html(
            '{} <a class="finlo-link" href="{}">{}</a>', text, address, _t("Set a new password")
        )

    @display(description=_("last login"))
    def signed_in_last(self, person: User) -> str:
        return local_time(person.last_login, zone_of_work(person))

    @display(description=_("date joined"))
    def made(self, person: User) -> str:
        return local_time(person.date_joined, zone_of_work(person))

    @display(description=_("may sign in"), boolean=True)
    def signs_in(self, person: User) -> bool:
        return person.is_active and person.is_staff

    @display(description=_("roles"))
    def roles(self, person: User) -> str:
        return ", ".join(group.name for group in person.groups.all()) or "–"

    @display(description=_("venues"))
    def works_for(self, person: User) -> str:
        if person.is_superuser:
            return str(_("All"))
        return ", ".join(str(venue) for venue in person.venues.all()) or "–"


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
        groups: QuerySet[Group] = super().get_queryset(request)
        return groups.annotate(head_count=Count("user"))

    @display(description=_("people"), ordering="head_count")
    def people(self, group: Any) -> int:
        return int(group.head_count)

    @display(description=_("may"))
    def may(self, group: Group) -> str:
        names = group.permissions.select_related("content_type").values_list("name", flat=True)
        return "\n".join(sorted(names)) or "–"


class LoginAdmin(SuperuserOnly, BaseAdmin):
    """Who tried to sign in. A row may be deleted, never made or changed."""

    has_add_permission = ReadOnly.has_add_permission
    has_change_permission = ReadOnly.has_change_permission
    search_fields = ("username__istartswith", "ip_address__startswith")
    date_hierarchy = "attempt_time"
    ordering = ("-attempt_time",)


class AccessAttemptAdmin(LoginAdmin):
    """To let a locked-out person in again at once: delete the row."""

    list_display = ("attempt_time", "username", "ip_address", "failures_since_start")
    fields = ("attempt_time", "username", "ip_address", "user_agent", "failures_since_start")


class AccessLogAdmin(LoginAdmin):
    list_display = ("attempt_time", "logout_time", "username", "ip_address")
    fields = ("attempt_time", "logout_time", "username", "ip_address", "user_agent")


class AccessFailureLogAdmin(LoginAdmin):
    list_display = ("attempt_time", "username", "ip_address", "locked_out")
    fields = ("attempt_time", "username", "ip_address", "user_agent", "locked_out")
