"""The base of every view that needs a key or a session."""

from typing import ClassVar, cast

from common.rest.view import JsonView
from partners.api.authentication import KeyAuthentication, PersonAuthentication
from partners.api.callers import Caller, Need
from partners.api.permissions import MayCall
from partners.api.throttling import CallerThrottle


class ApiView(JsonView):
    authentication_classes = (KeyAuthentication, PersonAuthentication)
    permission_classes = (MayCall,)
    throttle_classes = (CallerThrottle,)
    needs: ClassVar[dict[str, Need]] = {}

    @property
    def caller(self) -> Caller:
        return cast("Caller", self.request.auth)
