"""The sentences that belong to a verdict: what has to be assumed for it to hold."""

from __future__ import annotations

from collections.abc import Iterator

from loopqa.calc.verdict.available import one_team
from loopqa.calc.verdict.contrast import pooled
from loopqa.calc.verdict.designs import Method
from loopqa.calc.verdict.estimation import NAMED, Situation
from loopqa.calc.verdict.randomisation import MOST_ENUMERATED
from loopqa.calc.verdict.randomised import panel_of
from loopqa.calc.verdict.streams import TOWARDS_A_MEAN
from loopqa.language import Text, text
from loopqa.model.units import level_words
from loopqa.model.verdict import Asked, Draw, ModeChanged, Question
from loopqa.model.yardstick import Kind

_MODE_ALIKE = text("survey mode or wording changed alike in scope and comparison")
_CEILING = 0.75  #: share of the scale from which equal improvements look smaller


def assumptions(situation: Situation) -> tuple[Text, ...]:
    """All assumptions of one verdict, the design's own first."""
    of_the_data = _of_lots if situation.question.draw is not None else _of_the_data
    return (*situation.design.assumptions, *of_the_data(situation))


def _of_lots(situation: Situation) -> Iterator[Text]:
    """Lots need no assumption about drift, flags or the likeness of clusters."""
    question, draw = situation.question, situation.question.draw
    yield from question.notes
    yield from _about_absent(question)
    if draw is not None:
        yield _about_lots(question, draw)
    if question.mode_changed is ModeChanged.BOTH:
        yield _MODE_ALIKE


def _about_lots(question: Question, draw: Draw) -> Text:
    mixed = [min(window) < max(window) for window in zip(*draw.exposure.values(), strict=True)]
    ways = panel_of(question, draw).ways
    said = {"n": len(draw.exposure), "column": question.cluster_name, "windows": sum(mixed)}
    if ways > MOST_ENUMERATED:
        return text(
            "judged by {drawn} of the {ways} ways in which lots among {n} values of {column} could "
            "have fallen; windows with and without the action: {windows}",
            drawn=MOST_ENUMERATED,
            ways=ways,
            **said,
        )
    return text(
        "judged by all {ways} ways in which lots among {n} values of {column} could have fallen; "
        "windows with and without the action: {windows}",
        ways=ways,
        **said,
    )


def _about_absent(question: Question) -> Iterator[Text]:
    if question.absent:
        yield text(
            "judged without {raters}, who gave no answers in either window",
            raters=", ".join(question.absent),
        )


def _of_the_data(situation: Situation) -> Iterator[Text]:
    question = situation.question
    yield from question.notes
    yield from _about_absent(question)
    yield from _about_clusters(question)
    if situation.design.flag and question.flagged != NAMED:
        yield text(
            "the dimension was picked because it was low; the luck in that is taken out, judging "
            "by {cells} cells of the baseline",
            cells=len(question.baseline_cells),
        )
    if situation.design.method in TOWARDS_A_MEAN:
        yield _about_the_line(situation)
    if question.asked is Asked.SAME and situation.design.method not in (
        Method.PAIRS,
        Method.PAIRS_TO_HISTORY,
    ):
        yield text("no customer ids: both periods are taken as samples of their own")
    if question.mode_changed is ModeChanged.BOTH:
        yield _MODE_ALIKE
    if situation.history and not situation.comparison:
        yield _about_the_season(situation)
    if situation.comparison:
        yield from _about_the_ceiling(question)


def _about_clusters(question: Question) -> Iterator[Text]:
    if not question.cluster_name:
        yield text("no cluster column is known: answers are taken as independent of each other")
        return
    if question.natural_clusters:
        yield text(
            "no cluster column is known: how far one {team} moves by itself is judged by the "
            "others",
            team=question.team_name,
        )
    if one_team(question):
        yield text(
            "one {team}: a shock to the {team} can't be told from an effect",
            team=question.team_name or question.cluster_name,
        )
    if question.team_name and question.team_name != question.cluster_name:
        yield text(
            "fewer than four values of {team}: the clusters are {cluster}",
            team=question.team_name,
            cluster=question.cluster_name,
        )


def _about_the_line(situation: Situation) -> Text:
    low, high = f"{situation.line.low:.2f}", f"{situation.line.high:.2f}"
    if situation.line.measured:
        return text("retest correlation between {low} and {high}, as measured", low=low, high=high)
    return text(
        "retest correlation between {low} and {high}, as is usual; it was not measured",
        low=low,
        high=high,
    )


def _about_the_season(situation: Situation) -> Text:
    if not situation.seasons:
        return text("fewer than 12 months of history: no season falls between the two periods")
    return text(
        "the change over the same months of earlier years is taken off, as the season "
        "(years seen: {years})",
        years=min(season.years for season in situation.seasons),
    )


def _about_the_ceiling(question: Question) -> Iterator[Text]:
    yardstick = question.yardstick
    if yardstick.kind in (Kind.RATIO, Kind.AMOUNT):
        return  # no end of a scale is near
    low, high = question.scale
    ceiling = low + _CEILING * (high - low)
    level = sum(
        stream.weight * pooled(stream.before.comparison).mean
        for stream in question.streams.values()
    )
    if level > ceiling:
        yield text(
            "the comparison's mean of {mean} is near the better end of the scale, where equal "
            "improvements look smaller",
            mean=level_words(yardstick.value(level), yardstick.unit),
        )
