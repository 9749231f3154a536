"""SMS under a registered template: what is shown to be registered is what each message is, letter by letter."""

import re
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.roles import Role
from alerts import dlt
from alerts.enums import Kind, Purpose, Transport
from alerts.evaluation import stock
from alerts.messages import compose
from alerts.messages.content import RELATED
from alerts.models import Alert, Delivery, Endpoint
from alerts.transports import send
from alerts.transports.message import Message
from tests.alerts.rendering import rendered
from tests.alerts.staging import make_endpoint, make_rule, team_of
from tests.factories import make_stage
from tests.proofs import violates
from tests.receivers import WebAnswer, WebReceiver

pytestmark = pytest.mark.django_db

NUMBER = "+919900112233"
TEXT = "Finlo {1}: {2}, {3}. Open {4} -Summer Hall"
REGISTERED = (
    "Finlo {#var#}: {#var#}{#var#}, {#var#}{#var#}. Open "
    "{#var#}{#var#}{#var#}{#var#}{#var#} -Summer Hall"
)


def as_registered() -> re.Pattern[str]:
    """What the registry lets pass: up to thirty characters in place of each variable."""
    return re.compile(re.escape(REGISTERED).replace(re.escape("{#var#}"), ".{0,30}"))


def sms_of(name: str, purpose: Purpose = Purpose.OPENED) -> Message:
    stage = make_stage(name=name)
    endpoint = make_endpoint(
        team_of(stage, Role.BOX_OFFICE),
        NUMBER,
        transport=Transport.SMS,
        dlt_entity="1101234567890123456",
        dlt_template="1107161234567890123",
        dlt_text=TEXT,
    )
    make_rule(stage)
    stage.sell([("Ticket", 60)])
    stock.evaluate_due(timezone.now())
    alert = None if purpose == Purpose.TEST else Alert.objects.get(kind=Kind.LOW_STOCK)
    made = Delivery.objects.create(
        endpoint=endpoint, purpose=purpose, alert=alert, due_at=timezone.now()
    )
    return compose([Delivery.objects.select_related(*RELATED).get(pk=made.pk)], timezone.now())


def test_the_text_to_register_has_a_variable_for_each_thirty_characters() -> None:
    assert dlt.registered(TEXT) == REGISTERED


@pytest.mark.parametrize("name", ["Jazz night", "A very long name of an evening " * 6, "संगीत संध्या"])
def test_each_message_is_the_registered_text_with_its_values(name: str) -> None:
    found = rendered(sms_of(name))
    assert as_registered().fullmatch(found.short)
    assert f"Open {found.data['data']['url']} -Summer Hall" in found.short


def test_a_test_message_is_of_the_template_too() -> None:
    found = rendered(sms_of("Jazz night", Purpose.TEST))
    link = found.data["data"]["url"]
    assert found.short == f"Finlo -: This is a test message, -. Open {link} -Summer Hall"


@pytest.mark.parametrize("text", ["{2} {5}", "{2} {x}", "{2} {2}", "{1}", "{2} {", "}{2}", "none"])
def test_a_text_that_cannot_be_filled_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        dlt.check_text(text)


def test_a_template_is_whole_and_of_an_sms() -> None:
    stage = make_stage()
    endpoint = make_endpoint(team_of(stage, Role.BOX_OFFICE), NUMBER, transport=Transport.SMS)
    endpoint.dlt_text = TEXT
    with pytest.raises(ValidationError, match="both ids"):
        endpoint.full_clean()
    with violates("endpoint_template_is_whole"):
        Endpoint.objects.filter(pk=endpoint.pk).update(dlt_text=TEXT)


def test_the_ids_go_to_the_provider_under_its_own_names(settings: Any) -> None:
    with WebReceiver() as receiver:
        settings.OUTBOUND_ALLOW = frozenset({receiver.place})
        settings.SMS_API = receiver.url
        settings.SMS_ACCOUNT, settings.SMS_TOKEN, settings.SMS_FROM = "AC1", "token", "FINLOX"
        settings.SMS_DLT_ENTITY, settings.SMS_DLT_TEMPLATE = "PeId", "TemplateId"
        receiver.answer(WebAnswer(201, b'{"sid": "SM17", "status": "queued"}'))
        message = sms_of("Jazz night")
        send(Transport.SMS, NUMBER, "", message)
        [request] = receiver.requests
    sent = parse_qs(request.body.decode())
    assert sent["PeId"] == ["1101234567890123456"]
    assert sent["TemplateId"] == ["1107161234567890123"]
    assert sent["Body"] == [rendered(message).short]
