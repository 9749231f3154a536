"""How often a long-running process of ours looks for garbage: objects in a circle, which nothing else frees."""

import gc

# Objects made since the last look, and how many looks of one kind come before the next larger. With Python's own
# (700, 10, 10) a sync of a thousand sales spent a third of its time looking, and found nothing.
THRESHOLDS = (50_000, 20, 100)


def collect_rarely() -> None:
    """Called once all is loaded: what is there by now stays to the end, and is not looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
