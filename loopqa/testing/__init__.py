"""The test kit for authors of plugins: suites to subclass, and fixtures to test against.

A test of a plugin names the plugin and how it is used; the suite brings the tests::

    from loopqa.testing import SourceSuite, loaded

    class TestVisits(SourceSuite):
        plugin = loaded("plugins/visits.py").Visits
        rows = [{"visit": "V1", "score": "4"}]

        @pytest.fixture
        def options(self, root):
            (root / "visits.txt").write_text("V1 4")
            return {"path": "visits.txt"}

It needs pytest, which LoopQA itself does not. Nothing in LoopQA imports this package.
"""

from __future__ import annotations

from importlib.util import find_spec

if find_spec("pytest") is None:
    raise ImportError("loopqa.testing needs pytest: pip install pytest")

from loopqa.conformance.case import Failing
from loopqa.conformance.notifiers import MESSAGE
from loopqa.testing.loading import loaded
from loopqa.testing.suite import Suite
from loopqa.testing.suites import (
    AnalyserSuite,
    DetectorSuite,
    NotifierSuite,
    ScoringSuite,
    SectionSuite,
    SourceSuite,
)
from loopqa.testing.web import Answer, Request, WebServer, serving
from loopqa.testing.workspace import Desk, desk_in

__all__ = [
    "MESSAGE",
    "AnalyserSuite",
    "Answer",
    "Desk",
    "DetectorSuite",
    "Failing",
    "NotifierSuite",
    "Request",
    "ScoringSuite",
    "SectionSuite",
    "SourceSuite",
    "Suite",
    "WebServer",
    "desk_in",
    "loaded",
    "serving",
]
