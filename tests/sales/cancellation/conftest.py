"""An event that two channels sell."""

from tests.factories import Stage, make_stage
from tests.kept import kept


@kept
def stage() -> Stage:
    return make_stage(channels=("web", "agent"), give={("GA", "web"): 60, ("GA", "agent"): 40})
