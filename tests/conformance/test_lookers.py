"""Built-in detectors, analysers and report sections keep the rules third parties are held to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from loopqa.plugin import builtin_host
from loopqa.testing import AnalyserSuite, DetectorSuite, SectionSuite

HOST = builtin_host()

OPTIONS = {"sign_off": {"roles": ["owner"]}}


def suites(base: type, plugins: dict[str, Any]) -> Iterator[tuple[str, type]]:
    """A test class for each plugin."""
    for type_, plugin in plugins.items():
        name = "Test" + "".join(part.capitalize() for part in type_.split("_"))
        yield name, type(name, (base,), {"plugin": plugin, "__module__": __name__})


class _Detector(DetectorSuite):
    @pytest.fixture
    def options(self) -> dict[str, Any]:
        return OPTIONS.get(self.plugin.type, {})


class _Section(SectionSuite):
    @pytest.fixture
    def options(self) -> dict[str, Any]:
        return OPTIONS.get(self.plugin.type, {})


globals().update(suites(_Detector, HOST.detectors()))
globals().update(suites(AnalyserSuite, HOST.analysers()))
globals().update(suites(_Section, HOST.report_sections()))
