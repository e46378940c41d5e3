"""The suites: one for each kind of plugin."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from loopqa.conformance.checking import Check
from loopqa.conformance.lookers import ANALYSER_CHECKS, DETECTOR_CHECKS
from loopqa.conformance.notifiers import MESSAGE, NOTIFIER_CHECKS, NotifierCase
from loopqa.conformance.rows import Row
from loopqa.conformance.scorings import SCORING_CHECKS, USUAL, ScoringCase
from loopqa.conformance.sections import SECTION_CHECKS, SectionCase
from loopqa.conformance.simple_case import SimpleCase
from loopqa.conformance.source_case import SourceCase
from loopqa.conformance.sources import SOURCE_CHECKS
from loopqa.model.window import Window
from loopqa.plugin.notifier import Outgoing
from loopqa.plugin.scoring import ScoringContext
from loopqa.report.safe_html import safe
from loopqa.testing.suite import Suite


class SourceSuite(Suite):
    """Tests of a source: options, rows, pages, windows, zones, bookmarks, failures, imports."""

    rows: ClassVar[int | Sequence[Row] | None] = None
    """The rows that the source has to yield, without columns that begin with ``_``; or how many.
    Of a record that comes more than once, the latest version."""
    paging: ClassVar[Sequence[Mapping[str, Any]]] = ()
    """Options that change how much is fetched at a time, and must change no row."""
    window: ClassVar[Window | None] = None  #: days that some of the rows belong to
    at: ClassVar[str | None] = None  #: the column that tells a row's time; goes with ``window``

    @pytest.fixture
    def case(self, root: Path, options: Mapping[str, Any]) -> SourceCase:
        """The source as the checks look at it."""
        return SourceCase(
            self.plugin, options, root, self.failing, self.rows, self.paging, self.window, self.at
        )

    @pytest.mark.parametrize("check", SOURCE_CHECKS, ids=lambda check: check.name)
    def test_it_keeps_the_rules_of_sources(self, case: SourceCase, check: Check) -> None:
        """One rule of the interface."""
        self.holds(check, case)


class NotifierSuite(Suite):
    """Tests of a notifier: keys, repeats, forged lines, failures, secrets, imports."""

    message: ClassVar[Outgoing] = MESSAGE  #: what is sent; give it a recipient if it needs one

    @pytest.fixture
    def received(self) -> Callable[[], Sequence[str]] | None:
        """A function that returns all that the receiver has got, one text a message, as it came."""
        return None

    @pytest.fixture
    def case(
        self,
        root: Path,
        options: Mapping[str, Any],
        received: Callable[[], Sequence[str]] | None,
    ) -> NotifierCase:
        """The notifier as the checks look at it."""
        return NotifierCase(self.plugin, options, root, self.failing, received, self.message)

    @pytest.mark.parametrize("check", NOTIFIER_CHECKS, ids=lambda check: check.name)
    def test_it_keeps_the_rules_of_notifiers(self, case: NotifierCase, check: Check) -> None:
        """One rule of the interface."""
        self.holds(check, case)


class ScoringSuite(Suite):
    """Tests of a scoring scheme: purity, order, emptiness, scale, agreement of code and score."""

    context: ClassVar[ScoringContext] = USUAL
    """The indicator that is scored: by default answers from 1 to 5 in a column."""
    rising: ClassVar[bool | None] = None
    """Of numbers whose coding has no line: whether a larger one never makes the score worse (True)
    or better (False); None: unknown."""

    @pytest.fixture
    def case(self, root: Path, options: Mapping[str, Any]) -> ScoringCase:
        """The scheme as the checks look at it."""
        return ScoringCase(self.plugin, options, root, self.failing, self.context, self.rising)

    @pytest.mark.parametrize("check", SCORING_CHECKS, ids=lambda check: check.name)
    def test_it_keeps_the_rules_of_schemes(self, case: ScoringCase, check: Check) -> None:
        """One rule of the interface."""
        self.holds(check, case)


class DetectorSuite(Suite):
    """Tests of a detector: purity, whole candidates, calm where data are lacking."""

    @pytest.fixture
    def case(self, root: Path, options: Mapping[str, Any]) -> SimpleCase:
        """The detector as the checks look at it."""
        return SimpleCase(self.plugin, options, root, self.failing)

    @pytest.mark.parametrize("check", DETECTOR_CHECKS, ids=lambda check: check.name)
    def test_it_keeps_the_rules_of_detectors(self, case: SimpleCase, check: Check) -> None:
        """One rule of the interface."""
        self.holds(check, case)


class AnalyserSuite(Suite):
    """Tests of an analyser: purity, sound insights, nobody shown, calm where data are lacking."""

    @pytest.fixture
    def case(self, root: Path, options: Mapping[str, Any]) -> SimpleCase:
        """The analyser as the checks look at it."""
        return SimpleCase(self.plugin, options, root, self.failing)

    @pytest.mark.parametrize("check", ANALYSER_CHECKS, ids=lambda check: check.name)
    def test_it_keeps_the_rules_of_analysers(self, case: SimpleCase, check: Check) -> None:
        """One rule of the interface."""
        self.holds(check, case)


class SectionSuite(Suite):
    """Tests of a report section: safe HTML in both languages, calm where data are lacking."""

    @pytest.fixture
    def case(self, root: Path, options: Mapping[str, Any]) -> SectionCase:
        """The section as the checks look at it."""
        return SectionCase(self.plugin, options, root, self.failing, safe)

    @pytest.mark.parametrize("check", SECTION_CHECKS, ids=lambda check: check.name)
    def test_it_keeps_the_rules_of_sections(self, case: SectionCase, check: Check) -> None:
        """One rule of the interface."""
        self.holds(check, case)
