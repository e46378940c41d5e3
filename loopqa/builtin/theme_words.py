"""How themes of comments are told: counts of customers, small ones hidden."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from loopqa.calc.themes.counting import Voices, languages_of
from loopqa.calc.themes.distinctive import LEAST, Uses
from loopqa.calc.themes.reading import CHINESE, ENGLISH, OTHER
from loopqa.language import Text, text
from loopqa.model.analysis import Figures
from loopqa.model.behind import LONGEST_COMMENT, Comments
from loopqa.model.words import listed

FEWEST = 5  #: customers; what fewer of them said is not told

BY_CHANCE = text(
    "counted are customers who use a word, whatever they mean by it; of the words that stand out, "
    "at most about one in ten can do so by chance"
)


def told(n: int) -> Text | int:
    """A count of customers or comments, unless it is too small to be shown."""
    return text("under {n}", n=FEWEST) if 0 < n < FEWEST else n


@dataclass(frozen=True)
class Crowd:
    """How many customers left comments, on low answers and on others."""

    low: int
    rest: int

    def said(self, uses: Uses) -> Text:
        """How many of each side use a word."""
        return text(
            "{k} of {n} customers with a low answer ({share} %), {others}",
            k=uses.low,
            n=self.low,
            share=f"{100 * uses.low / self.low:.0f}",
            others=self._others(uses.rest),
        )

    def _others(self, rest: int) -> Text:
        if not self.rest:
            return text("nobody else left a comment")
        if 0 < rest < FEWEST:
            return text("fewer than {n} of the others", n=FEWEST)
        return text("{share} % of the others", share=f"{100 * rest / self.rest:.0f}")

    def figures(self, uses: Uses) -> Figures:
        """The same as figures; None: too few to be told."""
        hidden = not self.rest or 0 < uses.rest < FEWEST
        return {
            "low": uses.low,
            "low_share": uses.low / self.low,
            "rest": None if hidden else uses.rest,
            "rest_share": None if hidden else uses.rest / self.rest,
        }


def reading_notes(comments: Comments, both: Voices, segmented: bool) -> Iterator[Text]:
    """What was read, in which languages, and what was not."""
    yield text(
        "low is a score {boundary}; read were {low} comments on low answers and {rest} on others",
        boundary=_boundary(comments),
        low=told(len(comments.low)),
        rest=told(len(comments.rest)),
    )
    if comments.sampled:
        yield text(
            "that is a sample of {n} comments, the same in every run",
            n=comments.low_in_all + comments.rest_in_all,
        )
    found = languages_of((*both.low, *both.rest))
    if found:
        yield text("languages: {languages}", languages=listed(list(_languages(found))))
    if found[CHINESE] and not segmented:
        yield text(
            "words of Chinese comments were not compared, only the rubric's keywords counted: "
            "that takes rjieba (pip install 'loopqa[text]')"
        )
    if comments.cut:
        yield text(
            "of {n} long comments the first {most} characters were read",
            n=told(comments.cut),
            most=LONGEST_COMMENT,
        )
    if min(len(both.low), len(both.rest)) < LEAST:
        yield text(
            "words are compared where at least {n} customers left a comment on either side",
            n=LEAST,
        )


def _boundary(comments: Comments) -> Text:
    value = f"{comments.low_is.value:g}"
    if comments.low_is.operator == "<=":
        return text("of at most {value}", value=value)
    return text("below {value}", value=value)


def _languages(found: Counter[str]) -> Iterator[Text]:
    names = {
        ENGLISH: text("English (all in Latin letters)"),
        CHINESE: text("Chinese"),
        OTHER: text("others, not read"),
    }
    for language, name in names.items():
        if found[language]:
            yield text("{language}: {n}", language=name, n=told(found[language]))
