"""Pages whose scripts connect to the live server."""

from collections.abc import Mapping
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from common.live_address import live_address


def render_live(
    request: HttpRequest, template: str, context: Mapping[str, Any]
) -> HttpResponseBase:
    """The page, under a policy that allows this connection, too."""

    @csp_replace({"connect-src": [SELF, live_address(request)]})
    def respond(request: HttpRequest) -> HttpResponseBase:
        return render(request, template, context)

    return respond(request)
