"""What a programmer reads: the OpenAPI document, the page that shows it, the problems' meanings."""

import json
import sys
from collections.abc import Callable
from functools import cache, wraps
from threading import Lock

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.defaults import bad_request as default_bad_request
from django.views.defaults import page_not_found, server_error
from drf_spectacular.generators import SchemaGenerator

from common.outage import is_outage
from common.rest.codes import ALL
from common.rest.problems import TYPE_PATH, problem

UNAVAILABLE_PAGE = """\
<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Cannot answer at the moment</title>
  </head>
  <body>
    <h1>Cannot answer at the moment</h1>
    <p>The database does not answer. Try again in a few seconds.</p>
  </body>
</html>
"""

View = Callable[..., HttpResponse]
_MAKING = Lock()


def only_get(view: View) -> View:
    """Any other method is a problem too, and not a page about CSRF."""

    @wraps(view)
    def answer(request: HttpRequest, **where: str) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return problem(
                "METHOD_NOT_ALLOWED", "Only GET is offered here.", headers={"Allow": "GET, HEAD"}
            )
        return view(request, **where)

    return csrf_exempt(answer)


def openapi() -> str:
    """The document; it changes with the code alone.

    Made once: what makes it keeps notes at the views, and two at once would mix theirs.
    """
    with _MAKING:
        return _made()


@cache
def _made() -> str:
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return json.dumps(schema, indent=1, default=str)


@only_get
def show_schema(request: HttpRequest) -> HttpResponse:
    del request
    return HttpResponse(openapi(), content_type="application/json")


@only_get
def show_reference(request: HttpRequest) -> HttpResponse:
    return render(request, "partners/reference.html")


@only_get
def show_problem(request: HttpRequest, code: str) -> HttpResponse:
    """What the ``type`` of a problem leads to."""
    del request
    kind = ALL.get(code)
    if kind is None:
        return problem("NOT_FOUND", "There is no such problem.")
    return JsonResponse(
        {
            "type": TYPE_PATH.format(code=code),
            "code": code,
            "status": kind.status,
            "title": kind.title,
            "advice": kind.advice,
        }
    )


@csrf_exempt
def no_route(request: HttpRequest) -> HttpResponse:
    """Below /api/ nothing answers in HTML, and a POST is not redirected to a GET."""
    detail = "There is no such address. /api/v1/docs/ shows those there are."
    if not request.path_info.endswith("/"):
        detail += " Each ends in a slash."
    return problem("NOT_FOUND", detail)


def _in_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if _in_api(request):
        return problem("NOT_FOUND", "There is nothing here.")
    return page_not_found(request, exception)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if _in_api(request):
        return problem("VALIDATION", "The request is malformed.")
    return default_bad_request(request, exception)


def failed(request: HttpRequest) -> HttpResponseBase:
    if is_outage(sys.exception()):
        return unavailable(request)
    if _in_api(request):
        return problem("INTERNAL", "Something went wrong on our side.")
    return server_error(request)


def unavailable(request: HttpRequest) -> HttpResponseBase:
    """For the moment: whoever asks is told to come back, and no mistake of ours is looked for."""
    if _in_api(request):
        return problem("UNAVAILABLE", "The service cannot answer at the moment. Try again.")
    # No template: the context of ours asks the database who is signed in.
    response = HttpResponse(UNAVAILABLE_PAGE, status=503)
    response["Retry-After"] = "5"
    response["Cache-Control"] = "no-store"
    return response
