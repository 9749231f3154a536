from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from common.history import history
from common.names import NameField, holds_a_name

WHO = _("who")


class UserManager(BaseUserManager["User"]):
    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a person. Raises ``ValueError`` when the e-mail address is empty."""
        if not email:
            message = "A person needs an e-mail address."
            raise ValueError(message)
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractUser):
    """A person who signs in with an e-mail address.

    A person works for the venues named here; a superuser for all of them. Through which ``channels`` a person
    sells is for ``allocations.sellers`` to say.
    """

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail address"), unique=True)
    name = NameField(_("name"), max_length=150)
    venues = models.ManyToManyField(
        "events.Venue",
        blank=True,
        related_name="people",
        help_text=_("The venues this person works for and may see."),
    )

    channels = models.ManyToManyField(
        "allocations.SalesChannel",
        blank=True,
        related_name="sellers",
        verbose_name=_("sells through"),
        help_text=_(
            "The channels through which this person holds, sells and confirms, if the role may sell. "
            "Where none of a venue is chosen: its physical channels, such as the box office."
        ),
    )

    language = models.CharField(
        _("language"),
        max_length=10,
        blank=True,
        default="",
        db_default="",
        choices=settings.LANGUAGES,
        help_text=_(
            "Of pages and e-mails. Empty: what the browser asks for, and English in e-mails."
        ),
    )

    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]
    history = history(
        excluded=("password", "last_login"), relations=("venues", "channels", "groups")
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ("email",)
        constraints = (
            models.UniqueConstraint(Lower("email"), name="user_email_unique_in_any_case"),
            holds_a_name("user_name_normalized"),
        )

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


def by_whom(label: Any = WHO) -> "models.ForeignKey[User | None, User | None]":
    """Who did it, for rows that are many: no index and no constraint, which each of them would have to keep.

    People are switched off and not deleted, so the number stays good. ``label`` is ``None`` where the field's own
    name says enough.
    """
    return models.ForeignKey(
        User,
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=label,
    )
