"""Golden tests: worked cases in a rubric file, held against what the rubric really computes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from loopqa.calc.exact import weighted_mean
from loopqa.calc.scoring.answers import code
from loopqa.calc.scoring.dimensions import Side, blend_shares
from loopqa.calc.scoring.scorecard import card_of, composite
from loopqa.calc.scoring.sums import Sums, Weighted
from loopqa.define.fields import did_you_mean
from loopqa.errors import Place, Problem
from loopqa.language import Text, text
from loopqa.model.coding import LevelCoding, Scheme
from loopqa.model.rubric import Dimension, GoldenTest, Rubric, indicator_key
from loopqa.model.score import DimensionScore, Grade
from loopqa.model.tally import NUMBER_SCALE

if TYPE_CHECKING:
    from loopqa.plugin.host import PluginHost

SCORES = "scores"  #: key of ``given`` for dimension scores instead of answers
FINDINGS = "findings"  #: key of ``expect``: the dimensions whose score is below the threshold
REJECTED = "rejected"  #: what becomes of an answer that is off the scale
_TOLERANCE = 1e-6


class _Unusable(Exception):
    """The test itself can't be run."""

    def __init__(self, message: Text, hint: Text | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass
class _Outcome:
    """Everything a test can expect something of, by name."""

    found: dict[str, Any] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)  #: of single answers, by indicator


def run_golden_tests(rubric: Rubric, host: PluginHost) -> tuple[Problem, ...]:
    """What is wrong with the rubric's tests, or with the rubric that fails them."""
    if not rubric.tests:
        return ()
    schemes = host.schemes(rubric)
    problems: list[Problem] = []
    for test in rubric.tests:
        try:
            problems.extend(_run(rubric, schemes, test))
        except _Unusable as error:
            problems.append(Problem(error.message, _place(test), error.hint))
    return tuple(problems)


def _place(test: GoldenTest) -> Place:
    file, line, column = test.place.rsplit(":", 2)
    return Place(file, int(line), int(column))


def _run(rubric: Rubric, schemes: Mapping[str, Scheme], test: GoldenTest) -> list[Problem]:
    scores = test.given.get(SCORES)
    if isinstance(scores, Mapping):
        outcome = _from_scores(rubric, scores)
    else:
        outcome = _from_answers(rubric, schemes, test.given)
    problems = []
    for name, expected in test.expect.items():
        message = _compare(rubric, outcome, name, expected)
        if message is not None:
            problems.append(Problem(message, _place(test)))
    return problems


def _from_scores(rubric: Rubric, given: Mapping[str, Any]) -> _Outcome:
    known = [dimension.id for dimension in rubric.dimensions]
    for name in given:
        if name not in known:
            message = text("golden test: there is no dimension '{name}'", name=name)
            raise _Unusable(message, did_you_mean(name, known))
    dimensions = tuple(
        _scored(dimension, _blended(rubric, dimension, given.get(dimension.id)))
        for dimension in rubric.dimensions
    )
    return _outcome(rubric, dimensions, Sums())


def _blended(rubric: Rubric, dimension: Dimension, given: Any) -> float | None:
    """A dimension score as given, or blended from one score for each rater."""
    if not isinstance(given, Mapping):
        return _number(given, dimension.id)
    sides = {
        rater: Side(_number(given.get(rater), f"{dimension.id}.{rater}"), None, 1)
        for rater in dimension.raters
    }
    for rater in given:
        if rater not in sides:
            message = text(
                "golden test: '{rater}' rates nothing in '{dimension}'",
                rater=rater,
                dimension=dimension.id,
            )
            raise _Unusable(message, did_you_mean(str(rater), list(sides)))
    shares = blend_shares(rubric.blend, sides)
    return weighted_mean(
        (share, score)
        for rater, share in shares.items()
        if (score := sides[rater].score) is not None
    )


def _number(given: Any, name: str) -> float | None:
    if given is None or (isinstance(given, int | float) and not isinstance(given, bool)):
        return given
    message = text("golden test: the score of '{name}' must be a number or null", name=name)
    raise _Unusable(message)


def _scored(dimension: Dimension, score: float | None) -> DimensionScore:
    n = 0 if score is None else 1
    none = None
    return DimensionScore(
        dimension.id, n, score, none, none, none, none, score, none, none, Grade.NONE, ()
    )


def _from_answers(
    rubric: Rubric, schemes: Mapping[str, Scheme], given: Mapping[str, Any]
) -> _Outcome:
    sums, states = Sums(), {}
    for name, answers in given.items():
        key = _indicator(rubric, name)
        many = isinstance(answers, list)
        coded = [
            _count(rubric, schemes, key, one, sums) for one in (answers if many else [answers])
        ]
        if not many:
            states[key] = coded[0]
    card = card_of(rubric, schemes, sums)
    outcome = _outcome(rubric, card.dimensions, sums)
    outcome.states = states
    for dimension in card.dimensions:
        for indicator in dimension.indicators:
            outcome.found[f"{dimension.id}.{indicator.id}"] = indicator.score
            outcome.found[f"{dimension.id}.{indicator.id}.value"] = indicator.value
    return outcome


def _indicator(rubric: Rubric, name: str) -> str:
    """The full name of an indicator that a test may name in short."""
    keys = {indicator_key(d, i): (d.id, i.id) for d, i in rubric.indicators}
    fits = [key for key, (d, i) in keys.items() if name in (key, i)] or [
        key for key, (d, _) in keys.items() if name == d
    ]
    if len(fits) == 1:
        return fits[0]
    if fits:
        message = text("golden test: '{name}' may be {several}", name=name, several=", ".join(fits))
        raise _Unusable(message)
    message = text("golden test: there is no indicator '{name}'", name=name)
    raise _Unusable(message, did_you_mean(name, [*keys, SCORES]))


def _count(rubric: Rubric, schemes: Mapping[str, Scheme], key: str, answer: Any, sums: Sums) -> str:
    """Code one answer, add it to the sums, and say its state."""
    indicator = next(i for d, i in rubric.indicators if indicator_key(d, i) == key)
    coding = schemes[key].code()
    try:
        written = None if answer is None else _written(answer)
        state, value = code(written, indicator.measure, coding)
    except ValueError:
        return REJECTED
    counted = sums.states.setdefault(key, {})
    counted[state] = counted.get(state, 0) + 1
    if value is not None and isinstance(coding, LevelCoding):
        levels = sums.levels.setdefault(key, {})
        at = levels.get(value, Weighted())
        levels[value] = Weighted(at.n + 1, at.weight + 1, at.weight2 + 1)
    elif value is not None:
        values = sums.values.setdefault(key, {})
        number = round(value * NUMBER_SCALE)
        values[number] = values.get(number, 0) + 1
    return state.value


def _written(answer: Any) -> str:
    if isinstance(answer, str):
        return answer
    return f"{answer:.12g}" if isinstance(answer, float) else str(answer)


def _outcome(rubric: Rubric, dimensions: tuple[DimensionScore, ...], sums: Sums) -> _Outcome:
    overall = composite(rubric, dimensions, sums)
    below = rubric.finding.below
    found: dict[str, Any] = {one.id: one.score for one in dimensions}
    found |= {"composite": overall.score, "composite.minimum": overall.minimum}
    found[FINDINGS] = [
        one.id
        for one in dimensions
        if below is not None and one.score is not None and one.score < below
    ]
    return _Outcome(found)


def _compare(rubric: Rubric, outcome: _Outcome, name: str, expected: Any) -> Text | None:
    key = name
    if name not in outcome.found:
        key = _expected_indicator(rubric, outcome, name)
    if isinstance(expected, str) and key in outcome.states:
        got: Any = outcome.states[key]
    else:
        got = outcome.found[key]
    if _same(got, expected):
        return None
    return text(
        "golden test: '{name}' is {got}, expected {expected}",
        name=name,
        got=_told(got),
        expected=_told(expected),
    )


def _expected_indicator(rubric: Rubric, outcome: _Outcome, name: str) -> str:
    stem, dot, last = name.rpartition(".")
    suffix = ".value" if dot and last == "value" else ""
    key = _indicator(rubric, stem if suffix else name) + suffix
    if key not in outcome.found:
        message = text("golden test: dimension scores tell nothing about '{name}'", name=name)
        raise _Unusable(message)
    return key


def _same(got: Any, expected: Any) -> bool:
    if isinstance(got, float | int) and isinstance(expected, float | int):
        decimals = len(f"{expected:.12g}".partition(".")[2])
        rounding = 0.5 * 10.0**-decimals + 1e-9 if decimals > 1 else _TOLERANCE
        return abs(got - expected) <= rounding
    if isinstance(got, list) and isinstance(expected, list):
        return sorted(got) == sorted(str(one) for one in expected)
    return bool(got == expected)


def _told(value: Any) -> str:
    match value:
        case None:
            return "null"
        case float() | int():
            return f"{value:.10g}"
        case list():
            return "[" + ", ".join(str(one) for one in value) + "]"
        case _:
            return str(value)
