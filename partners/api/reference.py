"""What a programmer reads: the OpenAPI document, the page that shows it, the problems' meanings."""

import json
from collections.abc import Callable
from functools import cache, wraps
from threading import Lock

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.generators import SchemaGenerator

from common.rest.codes import ALL
from common.rest.problems import TYPE_PATH, problem

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
