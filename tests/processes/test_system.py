"""Where the parts of the running system are found."""

import pytest

from finlo_inventory.processes.system import site


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("tickets.example", "http://tickets.example:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104 - where to ask, not to listen
        ("::", "http://[::1]:8000"),
        ("::1", "http://[::1]:8000"),
    ],
)
def test_an_address_for_programs_on_this_machine(host: str, expected: str) -> None:
    assert site(host, 8000) == expected
