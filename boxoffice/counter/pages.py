"""What the counter prints."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from boxoffice.counter.receipts import find_payment, receipt_context
from common.errors import NotFoundError


@never_cache
@require_safe
@login_required
def receipt(request: HttpRequest, payment_id: int) -> HttpResponse:
    """A receipt with the tickets of its booking; from the second time on it is a copy."""
    try:
        payment = find_payment(cast("User", request.user), payment_id)
    except NotFoundError as refusal:
        raise Http404 from refusal
    return render(request, "boxoffice/receipts/receipt.html", receipt_context(payment))
