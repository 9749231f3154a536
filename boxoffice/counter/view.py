"""The base of the calls of the counter's screen: a signed-in person who sells, with CSRF."""

from typing import ClassVar, cast

from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.models import User
from allocations.models import SalesChannel
from allocations.sellers import MAY_SELL
from boxoffice.counter.selectors import find_counter
from common.rest.problems import MissingScopeError
from common.rest.view import JsonView
from idempotency.answers import Repeat
from idempotency.requests import repeat_of


class PersonAuthentication(SessionAuthentication):
    """Who is signed out is told so by 401, and not by the 403 of a person who may not."""

    def authenticate_header(self, request: Request) -> str:
        del request
        return "Session"


class MayCall(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        if not request.user.is_authenticated:
            return False
        permission = getattr(view, "needs", {}).get(request.method, MAY_SELL)
        if not request.user.has_perm(permission):
            raise MissingScopeError(f"This takes a person with the permission {permission}.")
        return True


class CounterView(JsonView):
    authentication_classes = (PersonAuthentication,)
    permission_classes = (MayCall,)
    schema = None  # no part of the API that partners read about
    # By method; what is not named needs the right to sell.
    needs: ClassVar[dict[str, str]] = {}

    @property
    def clerk(self) -> User:
        return cast("User", self.request.user)

    def counter(self, channel_id: int) -> SalesChannel:
        """Raises ``NotFoundError`` for one that is not the clerk's."""
        return find_counter(self.clerk, channel_id)

    @property
    def repeat(self) -> Repeat:
        """Raises ``InvalidRequestError`` without an Idempotency-Key."""
        repeat = repeat_of(self.request, f"user:{self.clerk.pk}", required=True)
        assert repeat is not None  # noqa: S101 - it is required
        return repeat
