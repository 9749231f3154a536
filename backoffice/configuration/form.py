"""The form of the configuration page: what was typed, kept as it was typed, and the wish that it says.

Each field has its key as its name (``planning/configuration/state.py``). The page carries what it showed, signed, so
that a field that nobody touched is told from one that somebody else has changed meanwhile.
"""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from alerts.models import AlertRule
from allocations.plans.spec import PlanSpec
from backoffice.configuration.rights import Rights
from planning.configuration.errors import Problem
from planning.configuration.specs import spec_from_json, spec_to_json
from planning.configuration.state import (
    NEW_RULE,
    OF_RULE,
    ON,
    PLAN,
    POLICY,
    Configuration,
    amounts_of,
    part_of,
    text_of,
    with_lines,
)
from planning.configuration.wish import Wish
from transfers.models import TransferPolicy, TransferRule

SHOWN, BEGUN, BOXES, WANTED = "shown", "begun", "switch-key", f"{NEW_RULE}.wanted"
UNREADABLE = _("Open the page again: it does not say what it shows.")
AMOUNT = {
    False: (
        re.compile(r"[0-9]{1,9}"),
        _("Units are a whole number such as 30; 0 guarantees nothing."),
    ),
    True: (
        re.compile(r"[0-9]{1,3}(\.[0-9]{1,2})?"),
        _("A percentage is a number such as 30 or 33.33."),
    ),
}
LONGEST = 40
SWITCHES = frozenset({"is_active", "is_trial", "four_eyes"})
# A rule that is begun: as the model has it, and switched on when it is wanted.
NEW_FIELDS = ("name", *OF_RULE)


def _field(model: Any, name: str) -> forms.Field:
    field: forms.Field = model._meta.get_field(name).formfield()
    if isinstance(field, forms.BooleanField):
        field.required = False
    return field


MODELS = {"alert": AlertRule, "rule": TransferRule, "new": TransferRule, POLICY: TransferPolicy}


class ConfigurationForm:
    """``data`` is ``None`` where the page is opened. ``problems``: key → sentence."""

    def __init__(self, data: QueryDict | None, current: Configuration, rights: Rights) -> None:
        self.data, self.current, self.rights = data, current, rights
        self.salt = f"configuration of event {current.event.pk}"
        self.problems: dict[str, str] = {}
        self.shown: dict[str, str] = dict(current.values)
        self.begun: dict[int, dict[str, Any]] = {}
        self.is_readable = True
        if data is not None:
            self._read_carried(data)
        self.texts: dict[str, str] = {}
        self.touched: dict[str, object] = {}
        self._read()

    def _read_carried(self, data: QueryDict) -> None:
        try:
            self.shown = signing.loads(data.get(SHOWN, ""), salt=self.salt)
            if data.get(BEGUN):
                begun = signing.loads(data.get(BEGUN, ""), salt=self.salt)
                self.begun = {int(pool): plan for pool, plan in begun.items()}
        except signing.BadSignature:
            self.is_readable = False
            self.problems[""] = str(UNREADABLE)

    # --- What it carries --------------------------------------------------------------------

    @property
    def carried(self) -> dict[str, str]:
        begun = {str(pool): plan for pool, plan in self.begun.items()}
        return {
            SHOWN: signing.dumps(self.shown, salt=self.salt, compress=True),
            BEGUN: signing.dumps(begun, salt=self.salt, compress=True) if begun else "",
        }

    @cached_property
    def specs_begun(self) -> dict[int, PlanSpec]:
        return {
            pool: with_lines(spec_from_json(plan["spec"]), self.current.pools[pool].needed)
            for pool, plan in self.begun.items()
            if pool in self.current.pools
        }

    @property
    def base(self) -> dict[str, str]:
        """What the fields were before anything was typed: as shown, or as the plan that was begun has it."""
        base = dict(self.shown)
        for pool, spec in self.specs_begun.items():
            plan_key = f"pool-{pool}.{PLAN}"
            version = base.get(plan_key, "")
            base = {key: text for key, text in base.items() if part_of(key) != f"pool-{pool}"}
            base |= {plan_key: version, **amounts_of(pool, spec)}
        return base

    def begin(self, pool: int, spec: PlanSpec, name: str, draft: int | None) -> None:
        """Fill a pool's part anew; what was typed there is gone."""
        self.begun[pool] = {"spec": spec_to_json(spec), "name": name, "draft": draft}
        self._drop(pool)

    def begin_not(self, pool: int) -> None:
        """As it is in force."""
        self.begun.pop(pool, None)
        self._drop(pool)

    def _drop(self, pool: int) -> None:
        self.__dict__.pop("specs_begun", None)
        part = f"pool-{pool}"
        self.problems = {key: text for key, text in self.problems.items() if part_of(key) != part}
        self.touched = {key: value for key, value in self.touched.items() if part_of(key) != part}
        kept = {key: text for key, text in self.texts.items() if part_of(key) != part}
        self.texts = kept | {key: text for key, text in self.base.items() if part_of(key) == part}

    # --- What was typed ---------------------------------------------------------------------

    def _read(self) -> None:
        base = self.base
        self.texts = dict(base)
        if self.data is None:
            return
        boxes = set(self.data.getlist(BOXES))
        for key, was in base.items():
            if key.endswith(f".{PLAN}"):
                continue
            typed = self.data.get(key)
            if key in boxes:
                typed = ON if typed else ""
            if typed is None:
                continue
            if key.startswith("pool-") and was.endswith(" %"):
                typed = f"{typed.strip()} %"
            self._read_field(key, was, typed.strip())
        if self.data.get(WANTED):
            self._read_new_rule()

    def _read_field(self, key: str, was: str, typed: str) -> None:
        self.texts[key] = typed
        if typed == was:
            return
        if not self.rights.may_change(part_of(key), self.current):
            self.problems[key] = _t("You may not change this.")
            self.texts[key] = was
            return
        try:
            value = self._clean(key, typed, in_percent=was.endswith(" %"))
        except ValidationError as error:
            self.problems[key] = " ".join(error.messages)
            self.touched[key] = None
            return
        text = str(value) if key.startswith("pool-") else text_of(value)
        if text != was:
            self.touched[key] = value
            self.texts[key] = text

    def _clean(self, key: str, typed: str, *, in_percent: bool) -> object:
        part, _dot, name = key.partition(".")
        if part.startswith("pool-"):
            pattern, wrong = AMOUNT[in_percent]
            number = typed.removesuffix(" %") if in_percent else typed
            if not pattern.fullmatch(number):
                raise ValidationError(str(wrong))
            return f"{number} %" if in_percent else str(int(number))
        if len(typed) > LONGEST and name != "name":
            raise ValidationError(_t("This is too long for a number."))
        return _field(MODELS[part.partition("-")[0]], name).clean(typed)

    def _read_new_rule(self) -> None:
        data = self.data or QueryDict()
        if not self.rights.may_change(NEW_RULE, self.current):
            self.problems[NEW_RULE] = _t("You may not change this.")
            return
        for name in NEW_FIELDS:
            key = f"{NEW_RULE}.{name}"
            typed = data.get(key, "").strip()
            self.texts[key] = typed
            try:
                self.new_rule[name] = self._clean(key, typed, in_percent=False)
            except ValidationError as error:
                self.problems[key] = " ".join(error.messages)

    @cached_property
    def new_rule(self) -> dict[str, object]:
        return {}

    @property
    def is_new_wanted(self) -> bool:
        return self.data is not None and bool(self.data.get(WANTED))

    # --- What it wants ----------------------------------------------------------------------

    def wish(self) -> Wish:
        """What can be read of it; of what cannot, nothing."""
        readable = {key: value for key, value in self.touched.items() if key not in self.problems}
        is_wanted = self.is_new_wanted and not any(
            part_of(key) == NEW_RULE for key in self.problems
        )
        return Wish(
            shown=self.shown,
            typed=self.texts,
            touched=readable,
            begun={pool: spec_from_json(plan["spec"]) for pool, plan in self.begun.items()},
            drafts={
                pool: plan["draft"]
                for pool, plan in self.begun.items()
                if plan["draft"] is not None
            },
            new_rule=self.new_rule if is_wanted else None,
        )

    def rebased(self, taken: Mapping[str, str]) -> "ConfigurationForm":
        """The same wish beside what is so now. ``taken``: the text of each field that somebody else has changed too."""
        data = (self.data or QueryDict()).copy()
        data[SHOWN] = signing.dumps(dict(self.current.values), salt=self.salt, compress=True)
        kept = {
            pool: plan for pool, plan in self.begun.items() if f"pool-{pool}.{PLAN}" not in taken
        }
        begun = {str(pool): plan for pool, plan in kept.items()}
        data[BEGUN] = signing.dumps(begun, salt=self.salt, compress=True) if begun else ""
        typed = {
            key: self.texts[key] for key in (*self.touched, *self.problems) if key in self.texts
        }
        texts = {**self.current.values, **typed, **taken}
        switches = [key for key in texts if key.partition(".")[2] in SWITCHES]
        data.setlist(BOXES, switches)
        for key, text in texts.items():
            if part_of(key) in {f"pool-{pool}" for pool in kept}:
                continue
            if key in switches and text != ON:
                data.pop(key, None)
            else:
                data[key] = text.removesuffix(" %")
        return ConfigurationForm(data, self.current, self.rights)

    def complain(self, problems: Mapping[str, str]) -> None:
        for key, text in problems.items():
            self.problems.setdefault(key, text)


def texts_of(
    problems: list[Problem], messages: Mapping[str, tuple[str | None, Any]]
) -> dict[str, str]:
    """Each problem at its field; those of the database in the words of the pages that change one row alone."""
    sentences: dict[str, str] = {}
    for problem in problems:
        key, text = problem.key, str(problem.message)
        if problem.constraint:
            field, words = messages.get(problem.constraint, (None, problem.constraint))
            key, text = f"{problem.key}.{field}" if field else problem.key, str(words)
        sentences[key] = f"{sentences[key]} {text}" if key in sentences else text
    return sentences
