"""Who stands behind a secret."""

import hmac

from django.db.models import Q
from django.db.models.functions import Now

from partners.models import ApiKey
from partners.secrets import digest, prefix_of


def authenticate(secret: str) -> ApiKey | None:
    """The live key of a secret, with its channel; ``None`` for any other.

    Revoked and expired keys are ignored, the latter by the database's clock. A channel that is
    stopped may still read, so its key is found.
    """
    prefix = prefix_of(secret)
    if prefix is None:
        return None
    key = (
        ApiKey.objects.filter(Q(expires_at=None) | Q(expires_at__gt=Now()), revoked_at=None)
        .select_related("channel")
        .filter(prefix=prefix)
        .first()
    )
    if key is None or not hmac.compare_digest(key.digest, digest(secret)):
        return None
    return key
