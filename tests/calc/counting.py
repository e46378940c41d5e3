"""Tallies and rubrics written by hand, for tests of the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from loopqa.model.coding import Coding, Histogram, LevelCoding, Score, State
from loopqa.model.rubric import (
    Boxes,
    ColumnMeasure,
    Dimension,
    FindingRule,
    Indicator,
    Label,
    Rubric,
    Scale,
    SchemeSpec,
)
from loopqa.model.tally import (
    CASE_SCALE,
    Group,
    LevelCount,
    MomentSum,
    PairSum,
    Tally,
    dimension_quantity,
)

Rows = Iterable[tuple[str, Group, Mapping[str, float]]]
"""(window, group, dimension → score) of single cases."""


@dataclass(frozen=True)
class FixedScheme:
    """A scheme with a given coding."""

    coding: Coding
    unit: str = ""

    def code(self) -> Coding:
        return self.coding

    def score(self, inputs: Mapping[str, Histogram]) -> Score:
        return Score(None, None, 0)


RATING = FixedScheme(LevelCoding(points={float(level): float(level) for level in range(1, 6)}))


def rubric(
    dimensions: Sequence[str], raters: Sequence[str] = ("customer",), **fields: object
) -> Rubric:
    """A rubric on 1-5 with one rating by each rater in every dimension."""
    made = tuple(
        Dimension(
            name,
            Label(name, name),
            1 / len(dimensions),
            tuple(
                Indicator(
                    f"rating_{rater}",
                    rater,
                    Label(name, name),
                    ColumnMeasure((name,)),
                    SchemeSpec("rating"),
                    1.0,
                )
                for rater in raters
            ),
        )
        for name in dimensions
    )
    fields.setdefault("finding", FindingRule(below=3.0))
    return Rubric(
        "r", "1", Label("r", "r"), Scale(1, 5), Boxes((4, 5), (1, 2)), made, "h", **fields
    )  # type: ignore[arg-type]


def rating_schemes(of: Rubric) -> dict[str, FixedScheme]:
    """The rating scheme for every indicator."""
    return {f"{d.id}.{i.id}": RATING for d, i in of.indicators}


@dataclass
class Count:
    """Counts of single cases, as a tally keeps them."""

    by: tuple[str, ...]
    moments: dict[tuple[str, str, Group], list[int]] = field(default_factory=dict)
    levels: dict[tuple[str, str, Group, float], int] = field(default_factory=dict)
    pair_sums: list[PairSum] = field(default_factory=list)

    def add(self, rows: Rows, rater: str = "customer") -> Count:
        """Count more cases of one rater."""
        for window, group, scores in rows:
            for dimension, score in scores.items():
                key = (window, dimension_quantity(dimension, rater), group)
                hundredths = round(score * CASE_SCALE)
                sums = self.moments.setdefault(key, [0, 0, 0])
                sums[0] += 1
                sums[1] += hundredths
                sums[2] += hundredths**2
                level = (window, f"{dimension}.rating_{rater}", group, float(score))
                self.levels[level] = self.levels.get(level, 0) + 1
        return self

    def tally(self) -> Tally:
        """The tally of what was counted."""
        return Tally(
            by=self.by,
            levels=tuple(
                LevelCount(window, indicator, group, State.ANSWERED, level, n, n, n)
                for (window, indicator, group, level), n in self.levels.items()
            ),
            moments=tuple(
                MomentSum(window, quantity, group, *sums)
                for (window, quantity, group), sums in self.moments.items()
            ),
            pair_sums=tuple(self.pair_sums),
        )
