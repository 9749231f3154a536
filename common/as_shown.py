"""A change by somebody who was shown what is so: judged once more under the lock that the change takes.

Two people who press at the same moment have both been shown the same. The second waits for the lock of the
first, and only then can be told that it is something else by now.
"""

from collections.abc import Callable, Mapping

# Is told what is so under the lock, by the names of what was shown. Raises ``InvalidInputError`` where that is
# not what was shown.
AsShown = Callable[[Mapping[str, object]], None]


def nothing_shown(_now: Mapping[str, object]) -> None:
    """Of a program: whatever is so now will do."""
