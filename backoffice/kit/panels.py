"""Tabs of an object's page that show what belongs to the object.

They are drawn with the page, behind its form, and hold no fields: what they show is changed on
pages and in dialogs of its own. A page names its tabs, in their order, in
``panels``.
"""

from typing import TYPE_CHECKING, Any, ClassVar

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Panel:
    """``slug`` stands in the address behind ``#dataset-``; ``permission`` says who sees it.

    Without ``tab`` it stands below the form, or ``above`` it and all tabs.

    It goes as unfold's dataset: the tab bar reads ``tab``, ``title`` and ``model_name``.
    """

    tab: ClassVar[bool] = True
    above: ClassVar[bool] = False
    slug: ClassVar[str]
    title: "ClassVar[StrOrPromise]"
    template: ClassVar[str]
    permission: ClassVar[str]

    def __init__(self, request: HttpRequest, subject: Any) -> None:
        self.request = request
        self.subject = subject

    @property
    def is_shown(self) -> bool:
        """Whether there is anything to say of this object."""
        return True

    @property
    def shown_on(self) -> str:
        """The tab on which it is seen."""
        return f"dataset-{self.slug}" if self.tab else "general"

    @property
    def model_name(self) -> str:
        return self.slug

    def context(self) -> dict[str, Any]:
        """What the template needs beside ``panel`` and ``subject``."""
        return {}

    @property
    def contents(self) -> SafeString:
        context = {
            "panel": self,
            "subject": self.subject,
            "content": self.template,
            **self.context(),
        }
        return render_to_string("admin/panel.html", context, request=self.request)

    def may(self, permission: str) -> bool:
        return bool(self.request.user.has_perm(permission))
