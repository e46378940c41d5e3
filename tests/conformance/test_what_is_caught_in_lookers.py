"""Mistakes in detectors, analysers and report sections are caught by the check about them."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from markupsafe import Markup

from loopqa.conformance.checking import outcomes
from loopqa.conformance.lookers import ANALYSER_CHECKS, DETECTOR_CHECKS
from loopqa.conformance.sections import SECTION_CHECKS, SectionCase
from loopqa.conformance.simple_case import SimpleCase
from loopqa.plugin import (
    Analyser,
    Candidate,
    Detector,
    FindingGrade,
    Insight,
    Options,
    Reason,
    ReportSection,
    text,
)
from loopqa.report.safe_html import safe


class NoOptions(Options):
    """None."""


class Low(Detector):
    """Every dimension below four."""

    type = "low"
    summary = text("yes")
    Config = NoOptions

    def detect(self, context: Any) -> Any:
        for one in context.card.dimensions:
            if one.score is not None and one.score < 4:
                reason = Reason("low", FindingGrade.WATCH, text("yes"), {"score": one.score})
                yield Candidate(one.id, one.id, (), reason, one.n, one.score)


class Throws(Low):
    def detect(self, context: Any) -> Any:
        return [one for one in super().detect(context) if random.random() < 0.5]


class NamesAnother(Low):
    def detect(self, context: Any) -> Any:
        for one in super().detect(context):
            yield replace(one, dimension="price")


class TellsNan(Low):
    def detect(self, context: Any) -> Any:
        for one in super().detect(context):
            yield replace(one, reason=replace(one.reason, figures={"p": float("nan")}))


class NeedsAPast(Low):
    def detect(self, context: Any) -> Any:
        context.previous.dimension("speed")
        return super().detect(context)


class Says(Analyser):
    """How many answers there were."""

    type = "says"
    summary = text("yes")
    Config = NoOptions
    reads_cases = True

    def analyse(self, context: Any) -> Any:
        return Insight(text("{n} cases", n=sum(one.n for one in context.tally.cross)))


class QuotesPeople(Says):
    def analyse(self, context: Any) -> Any:
        return Insight(text("{said}", said=" / ".join(one.text for one in context.comments().low)))


class SaysPlainWords(Says):
    def analyse(self, context: Any) -> Any:
        return Insight("words")  # type: ignore[arg-type]


class NeedsComments(Says):
    def analyse(self, context: Any) -> Any:
        return Insight(text("{said}", said=context.comments().low[0].text[:4]))


class Section(ReportSection):
    """A line."""

    type = "section"
    summary = text("yes")
    title = text("yes")
    Config = NoOptions

    def html(self, report: Any, page: Any) -> Any:
        return page.paragraph(text("yes"))


class Scripts(Section):
    def html(self, report: Any, page: Any) -> Any:
        return Markup("<script>alert(1)</script>")


class ReturnsBytes(Section):
    def html(self, report: Any, page: Any) -> Any:
        return b"<p>"


class CountsItsCalls(Section):
    calls = 0

    def html(self, report: Any, page: Any) -> Any:
        type(self).calls += 1
        return page.paragraph(str(self.calls))


def caught(case: Any, checks: Any, *names: str) -> dict[str, str]:
    chosen = [one for one in checks if one.name in names or not names]
    return {
        one.check.name: one.wrong[0].render("en") for one in outcomes(chosen, case) if one.wrong
    }


def test_sound_ones_are_not_complained_about() -> None:
    assert caught(SimpleCase(Low), DETECTOR_CHECKS) == {}
    assert caught(SimpleCase(Says), ANALYSER_CHECKS) == {}
    assert caught(SectionCase(Section, safe=safe), SECTION_CHECKS) == {}


@pytest.mark.parametrize(
    ("plugin", "check", "words"),
    [
        (Throws, "pure", "the same scores have different candidates"),
        (NamesAnother, "candidates", "it names a dimension that there is not: 'price'"),
        (TellsNan, "candidates", "the figure 'p' is nan"),
        (NeedsAPast, "calm", "in the first window it fails with AttributeError"),
    ],
)
def test_a_mistake_in_a_detector_is_caught(plugin: type, check: str, words: str) -> None:
    assert caught(SimpleCase(plugin), DETECTOR_CHECKS, check)[check].startswith(words)


@pytest.mark.parametrize(
    ("plugin", "check", "words"),
    [
        (QuotesPeople, "privacy", "it repeats what reaches a person"),
        (SaysPlainWords, "insight", "'words' stands where a Text should be"),
        (NeedsComments, "calm", "without answers it fails with IndexError"),
    ],
)
def test_a_mistake_in_an_analyser_is_caught(plugin: type, check: str, words: str) -> None:
    assert caught(SimpleCase(plugin), ANALYSER_CHECKS, check)[check].startswith(words)


@pytest.mark.parametrize(
    ("plugin", "check", "words"),
    [
        (Scripts, "safe", "its HTML is refused: <script> may not stand in a report"),
        (ReturnsBytes, "html", "it returns bytes, not text or Markup"),
        (CountsItsCalls, "html", "it returns something else each time"),
    ],
)
def test_a_mistake_in_a_section_is_caught(plugin: type, check: str, words: str) -> None:
    assert caught(SectionCase(plugin, safe=safe), SECTION_CHECKS, check)[check].startswith(words)
