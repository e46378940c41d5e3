"""The sentences that belong to a verdict: what has to be assumed for it to hold."""

from __future__ import annotations

from collections.abc import Iterator

from loopqa.calc.effect.available import one_team
from loopqa.calc.effect.designs import Method
from loopqa.calc.effect.estimation import NAMED, Situation
from loopqa.calc.effect.randomisation import MOST_ENUMERATED
from loopqa.calc.effect.streams import TOWARDS_A_MEAN
from loopqa.calc.question.responses import response_shift
from loopqa.calc.verdict.ceiling import Ceiling
from loopqa.calc.verdict.randomised import panel_of
from loopqa.language import Text, text
from loopqa.model.beside import ResponseRates
from loopqa.model.units import level_words
from loopqa.model.verdict import Asked, Draw, ModeChanged, Question
from loopqa.model.yardstick import Yardstick

_MODE_ALIKE = text("survey mode or wording changed alike in scope and comparison")


def assumptions(situation: Situation, ceiling: Ceiling | None = None) -> tuple[Text, ...]:
    """All assumptions of one verdict, the design's own first."""
    if situation.question.draw is not None:
        return (*situation.design.assumptions, *_of_lots(situation))
    return (*situation.design.assumptions, *_of_the_data(situation, ceiling))


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


def _of_the_data(situation: Situation, ceiling: Ceiling | None) -> Iterator[Text]:
    question = situation.question
    yield from question.notes
    yield from _about_absent(question)
    if len(question.streams) > 1 and not question.shared:
        yield text(
            "no case is known to have been rated by more than one of {raters} (case ids would "
            "show it): their chance errors are taken to be independent",
            raters=", ".join(question.streams),
        )
    yield from _about_clusters(question)
    if situation.design.flag and question.flagged != NAMED:
        yield text(
            "the dimension was picked because it was low, and a low score is partly bad luck that "
            "does not repeat; that luck is taken out, judging by the {cells} scores it was picked "
            "from",
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
    if ceiling is not None:
        yield _about_the_ceiling(ceiling, question.yardstick)
    shift = response_shift(question)
    if shift is not None and shift.moved:
        yield _about_response(shift.rates)


def _about_clusters(question: Question) -> Iterator[Text]:
    if not question.cluster_name:
        yield text(
            "no team or agent column is known: every answer counts by itself, as if none shared a "
            "good or bad month with others of its team"
        )
        return
    if question.natural_clusters:
        yield text(
            "no team or agent column is known: how far one {team} moves by itself is judged by "
            "the others",
            team=question.team_name,
        )
    if one_team(question):
        yield text(
            "only one {team}: a shock to it (whatever else hit this {team} alone) can't be told "
            "from an effect",
            team=question.team_name or question.cluster_name,
        )
    if question.team_name and question.team_name != question.cluster_name:
        yield text(
            "fewer than four values of {team}: how far scores move by themselves is judged by "
            "{cluster} instead",
            team=question.team_name,
            cluster=question.cluster_name,
        )


def _about_the_line(situation: Situation) -> Text:
    low, high = f"{situation.line.low:.2f}", f"{situation.line.high:.2f}"
    if situation.line.measured:
        return text(
            "a customer's two answers agree as well as measured in earlier windows (retest "
            "correlation between {low} and {high})",
            low=low,
            high=high,
        )
    return text(
        "a customer's two answers agree as well as is usual (retest correlation between {low} and "
        "{high}); it was not measured",
        low=low,
        high=high,
    )


def _about_the_season(situation: Situation) -> Text:
    if not situation.seasons:
        return text(
            "fewer than 12 months of history: assumes that no season (holidays, sales, weather) "
            "moved the score between the two periods"
        )
    return text(
        "the change over the same months of earlier years is taken off, as the season "
        "(years seen: {years})",
        years=min(season.years for season in situation.seasons),
    )


def _about_the_ceiling(ceiling: Ceiling, yardstick: Yardstick) -> Text:
    level = level_words(yardstick.value(ceiling.level), yardstick.unit)
    if ceiling.seen is None or ceiling.there is None:
        return text(
            "the comparison's mean of {mean} is near the better end of the scale, where equal "
            "improvements look smaller",
            mean=level,
        )
    return text(
        "the comparison's mean of {mean} is near the top of the scale, where equal improvements "
        "look smaller: its change of {seen} counts as {there} where the scope stands, and the "
        "verdict holds for both",
        mean=level,
        seen=f"{ceiling.seen:+.2f}",
        there=f"{ceiling.there:+.2f}",
    )


def _about_response(rates: ResponseRates) -> Text:
    before, after = f"{rates.scope.before.rate:.0%}", f"{rates.scope.after.rate:.0%}"
    if rates.comparison is None:
        return text(
            "response in the scope went from {before} to {after}: assumes that it changed alike "
            "in the comparison, where it is not known",
            before=before,
            after=after,
        )
    return text(
        "response in the scope went from {before} to {after}, in the comparison from {first} to "
        "{second}: assumes that who answers changed alike in both",
        before=before,
        after=after,
        first=f"{rates.comparison.before.rate:.0%}",
        second=f"{rates.comparison.after.rate:.0%}",
    )
