"""The report section ``questionnaire``: what was asked and measured, as the rubric has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loopqa.language import Text, text
from loopqa.model.rubric import ColumnMeasure, Dimension, Indicator, Label
from loopqa.plugin import Options, Page, ReportContext, ReportSection, hookimpl

if TYPE_CHECKING:
    from markupsafe import Markup


class QuestionnaireOptions(Options):
    """What is listed."""

    rater: str | None = None  #: only what this rater answers; default: all


class Questionnaire(ReportSection):
    """Every indicator of the rubric with its question, so that a reader knows what scores mean."""

    type = "questionnaire"
    summary = text("appendix: the questions and measures of the rubric, by dimension")
    title = text("Questionnaire")
    Config = QuestionnaireOptions
    config: QuestionnaireOptions

    def html(self, report: ReportContext, page: Page) -> Markup | None:
        """A table of all questions, and the scale they are answered on."""
        rows = [
            [_in(dimension.title, page), _in(_asked(indicator), page), indicator.rater]
            for dimension, indicator in self._listed(report)
        ]
        if not rows:
            return None
        columns = [text("Dimension"), text("Question or measure"), text("Asked of")]
        return page.table(text("What was asked"), columns, rows, notes=_scale(report, page))

    def _listed(self, report: ReportContext) -> list[tuple[Dimension, Indicator]]:
        return [
            (dimension, indicator)
            for dimension, indicator in report.rubric.indicators
            if self.config.rater in (None, indicator.rater)
        ]


def _in(label: Label, page: Page) -> str:
    return label.in_language(page.language)


def _asked(indicator: Indicator) -> Label:
    """The question where there is one, else what the indicator is called."""
    return indicator.question or indicator.title


def _scale(report: ReportContext, page: Page) -> list[Text]:
    """The words of the rubric's scale, where something is answered on it."""
    words = report.rubric.scale.labels.get(page.language, ())
    asked = any(isinstance(one.measure, ColumnMeasure) for _, one in report.rubric.indicators)
    if not words or not asked:
        return []
    low = int(report.rubric.scale.low)
    named = "; ".join(f"{level} {word}" for level, word in enumerate(words, low))
    return [text("Scale: {levels}", levels=named)]


@hookimpl
def loopqa_report_sections() -> list[type[ReportSection]]:
    """The section ``questionnaire``."""
    return [Questionnaire]
