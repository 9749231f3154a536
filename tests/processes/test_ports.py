"""Free ports are found, and taken ones are named together with who has them."""

import os
import socket

import pytest

from finlo_inventory.processes import ports
from finlo_inventory.processes.errors import CannotStart


def test_a_free_port_is_outside_the_range_of_outgoing_connections() -> None:
    assert ports.LOWEST <= ports.free_port() <= ports.HIGHEST


def test_a_taken_port_is_refused_with_its_holder_and_the_variable_to_set() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(CannotStart) as refusal:
            ports.require_free("127.0.0.1", port, "FINLO_WEB_PORT")
    message = str(refusal.value)
    assert f"Port {port} is taken by " in message
    assert f"(process {os.getpid()})" in message
    assert f"FINLO_WEB_PORT={port + 100}" in message


def test_a_free_port_is_accepted() -> None:
    ports.require_free("127.0.0.1", ports.free_port(), "FINLO_WEB_PORT")


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(CannotStart, match="FINLO_WEB_HOST"):
        ports.require_free("192.0.2.1", 8000, "FINLO_WEB_PORT")
