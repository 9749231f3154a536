from typing import Any

from django.contrib.auth.models import Group, Permission
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat

from accounts.roles import Role, permissions_of


class Command(BaseCommand):
    help = "Make the groups and their permissions say what accounts/roles.py says."

    @transaction.atomic
    def handle(self, *_args: Any, **_options: Any) -> None:
        known = {
            permission.label: permission
            for permission in Permission.objects.annotate(
                label=Concat(F("content_type__app_label"), Value("."), F("codename"))
            )
        }
        for role in Role:
            names = permissions_of(role)
            if missing := names - known.keys():
                message = f"{role}: no such permission: {', '.join(sorted(missing))}"
                raise CommandError(message)
            group, _created = Group.objects.get_or_create(name=role.value)
            group.permissions.set(known[name] for name in names)
        self.stdout.write(f"{len(Role)} roles are in step.")
