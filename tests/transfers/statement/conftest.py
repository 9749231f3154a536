"""An event whose hotel draws on the open stock."""

from tests.factories import Stage, make_stage
from tests.kept import kept


@kept
def stage() -> Stage:
    """Website 60, hotel 30, open 10 of 100; the hotel draws on the open stock."""
    found = make_stage(channels=("web", "hotel"), give={("GA", "web"): 60, ("GA", "hotel"): 30})
    found.draw("hotel")
    return found
