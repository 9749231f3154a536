"""Mirrors the apps. A failed assertion of a helper shows its values, as one of a test does."""

from pathlib import Path

import pytest

pytest.register_assert_rewrite(
    *(f"{__name__}.{path.stem}" for path in Path(__file__).parent.glob("[a-z]*"))
)
