"""The language that a person reads: chosen in the menu under the name, on every page of the back office."""

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from accounts.language import LANGUAGES
from accounts.models import User


@require_POST
def choose_language(request: HttpRequest) -> HttpResponseBase:
    """Keep what is chosen, with the person or else in a cookie, and go back to the page.

    A language that is none of ours changes nothing.
    """
    language = request.POST.get("language", "")
    if (
        isinstance(request.user, User)
        and language in LANGUAGES
        and request.user.language != language
    ):
        request.user.language = language
        request.user.save(update_fields=["language"])
    return set_language(request)
