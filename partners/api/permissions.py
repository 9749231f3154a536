"""Whether the caller may make the call at all; whose things it may touch, the views ask."""

from typing import cast

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from partners.api.callers import Caller, require


class MayCall(BasePermission):
    """What a call needs stands in the view's ``needs``, by method."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if request.auth is None:
            return False  # nobody has said who they are: DRF makes it a 401
        method = "GET" if request.method == "HEAD" else request.method
        need = getattr(view, "needs", {}).get(method)
        if need is not None:
            require(cast("Caller", request.auth), need)
        return True
