"""What Django answers with where no view does: a problem below /api/, a page elsewhere."""

import sys

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _t

from common.error_page import BACK_OFFICE, BOARDS, POLICY, WayOn, error_page
from common.outage import is_outage
from common.rest.problems import problem

RETRY_SECONDS = 5


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    del exception
    if _in_api(request):
        return problem("VALIDATION", "The request is malformed.")
    return _page(
        400,
        _t("This cannot be read"),
        _t("The request is malformed. Go back, load the page again, and repeat what you did."),
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    del exception
    if _in_api(request):
        return problem("FORBIDDEN", "This is not allowed.")
    return _page(
        403,
        _t("You may not do this"),
        _t(
            "Your role does not allow it. Who looks after the people of your venue can change that."
        ),
    )


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token, or with one of another session."""
    del reason
    if _in_api(request):
        return problem("FORBIDDEN", "The token of the form is missing or of another session.")
    return _page(
        403,
        _t("This page was open too long"),
        _t(
            "Nothing was changed. Since you opened it, somebody has signed in or out in this browser."
        ),
        _t(
            "Go back, load the page again, and repeat what you did. The browser has to keep cookies."
        ),
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    del exception
    if _in_api(request):
        return problem("NOT_FOUND", "There is nothing here.")
    return _page(
        404,
        _t("There is no such page"),
        _t(
            "The address may be mistyped. What it led to may be gone, or belong to a venue that you do not see."
        ),
    )


def failed(request: HttpRequest) -> HttpResponse:
    if is_outage(sys.exception()):
        return unavailable(request)
    if _in_api(request):
        return problem("INTERNAL", "Something went wrong on our side.")
    return _page(
        500,
        _t("Something went wrong on our side"),
        _t("Before you repeat what you did, look whether it has been done."),
        _t("If it happens again, tell who runs the system when it was: the error is in its log."),
    )


def unavailable(request: HttpRequest) -> HttpResponse:
    """For the moment: whoever asks is told to come back, and no mistake of ours is looked for."""
    if _in_api(request):
        return problem("UNAVAILABLE", "The service cannot answer at the moment. Try again.")
    response = _page(
        503,
        _t("We cannot answer at the moment"),
        _t("The database does not answer. Try again in a few seconds."),
    )
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def unavailable_page() -> str:
    """For a reverse proxy, while no process of ours answers."""
    return _told(
        _t("We are back in a moment"),
        _t("The system is being restarted or brought up to date. Try again in a minute."),
        _t("A counter that has leased tickets goes on selling without it."),
    )


def _told(title: str, *sentences: str) -> str:
    ways = (WayOn(_t("Boards"), BOARDS), WayOn(_t("Back office"), BACK_OFFICE))
    return error_page(title, sentences, ways=ways, language=get_language() or "en")


def _page(status: int, title: str, *sentences: str) -> HttpResponse:
    response = HttpResponse(_told(title, *sentences), status=status)
    response["Cache-Control"] = "no-store"
    response["Content-Security-Policy"] = POLICY
    return response


def _in_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")
