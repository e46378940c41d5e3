"""What every property test of the project may rely on."""

from __future__ import annotations

from hypothesis import HealthCheck, settings


def test_no_property_test_fails_because_the_machine_is_busy() -> None:
    assert settings().deadline is None
    assert HealthCheck.too_slow in settings().suppress_health_check
