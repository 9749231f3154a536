"""People by what is typed of their names and addresses."""

from django.db.models import QuerySet

from accounts.models import User
from common.typed import Typed, has_each


def find_people(typed: Typed) -> QuerySet[User]:
    """Each word stands in the name or the address; who can sign in comes first.

    Who may look for people may look for all of them. They are few, and are read through.
    """
    people = User.objects.filter(has_each(typed, "name", "email"))
    return people.order_by("-is_active", "name", "email")
