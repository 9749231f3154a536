"""Random operations on the real services and on the plain model: after each, both agree.

FINLO_MODEL_EXAMPLES=2000 looks longer, and elsewhere each time; without it the examples are few
and always the same.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from tests.model.holds import Holds
from tests.model.machine import Machine
from tests.model.sales_files import SalesFiles


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(0)
@pytest.mark.parametrize(("machine", "few"), [(Machine, 20), (SalesFiles, 6), (Holds, 8)])
def test_the_services_do_what_the_model_does(
    machine: type[RuleBasedStateMachine], few: int
) -> None:
    examples = os.environ.get("FINLO_MODEL_EXAMPLES")
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=int(examples or few),
            stateful_step_count=40,
            derandomize=examples is None,
            database=None,
            deadline=None,
            print_blob=True,
            report_multiple_bugs=False,
            # Shrinking takes minutes on a real database: only who looks for longer waits for it.
            phases=(Phase.generate, Phase.shrink) if examples else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
