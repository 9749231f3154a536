"""Addresses of pages, for who links to them and knows nothing of the pages."""

from django.db.models import Model
from django.urls import reverse


def change_url(target: Model) -> str:
    """The page of an object in the admin."""
    opts = target._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=(target.pk,))
