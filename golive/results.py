"""What a check finds: sentences with a light each, the numbers in them, and what to do next."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from alerts.models import Delivery
from golive.enums import CheckKind, Light

ORDER = list(Light)


@dataclass(frozen=True, slots=True)
class Finding:
    """``next_step`` and the ``address`` where it is done are empty where all is well.

    ``deliveries``: test messages of which somebody may still answer one; then the light is green.
    """

    light: Light
    text: str
    next_step: str = ""
    address: str = ""
    deliveries: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    kind: CheckKind
    findings: Sequence[Finding]

    @property
    def light(self) -> Light:
        """The worst of what was found; a check that found nothing has checked nothing."""
        return worst(finding.light for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        return {"kind": self.kind.value, "findings": [asdict(row) for row in self.findings]}

    @classmethod
    def of_json(cls, stored: dict[str, Any]) -> Self:
        findings = [
            Finding(**{**row, "light": Light(row["light"]), "deliveries": tuple(row["deliveries"])})
            for row in stored["findings"]
        ]
        return cls(CheckKind(stored["kind"]), findings)


def worst(lights: Iterable[Light]) -> Light:
    """Of none the worst there is."""
    places = [ORDER.index(light) for light in lights]
    return ORDER[max(places)] if places else Light.RED


def passed(text: str) -> Finding:
    return Finding(Light.GREEN, text)


def doubtful(text: str, next_step: str, address: str = "") -> Finding:
    return Finding(Light.AMBER, text, next_step, address)


def failed(text: str, next_step: str, address: str = "") -> Finding:
    return Finding(Light.RED, text, next_step, address)


def results_now(stored: Sequence[dict[str, Any]]) -> list[Result]:
    """Of a run as it was, with what people have answered since."""
    results = [Result.of_json(row) for row in stored]
    deliveries = [pk for result in results for row in result.findings for pk in row.deliveries]
    answered = set(
        Delivery.objects.filter(pk__in=deliveries, answered_at__isnull=False).values_list(
            "pk", flat=True
        )
    )
    return [
        Result(result.kind, [_answered(row, answered) for row in result.findings])
        for result in results
    ]


def _answered(finding: Finding, answered: set[int]) -> Finding:
    if finding.light == Light.AMBER and answered & set(finding.deliveries):
        return Finding(Light.GREEN, f"{finding.text} Answered.", deliveries=finding.deliveries)
    return finding
