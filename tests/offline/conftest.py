from tests.factories import Stage
from tests.kept import kept
from tests.offline.selling import make_kiosk


@kept
def stage(db: None) -> Stage:
    """Ten tickets of a kiosk that is offline at times."""
    return make_kiosk(10)
