"""The analyser ``themes``: what customers with low answers write about, beyond the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import Field

from loopqa.builtin.chinese_words import chinese_segmenter
from loopqa.builtin.theme_words import BY_CHANCE, FEWEST, Crowd, reading_notes
from loopqa.calc.themes.counting import Voices, term_uses, voices
from loopqa.calc.themes.distinctive import Distinctive, Tested, Uses, distinctive
from loopqa.calc.themes.keywords import Keyword, keywords, met
from loopqa.calc.themes.reading import folded
from loopqa.language import Text, text
from loopqa.model.analysis import Insight, Lead
from loopqa.model.rubric import Dimension
from loopqa.model.words import listed
from loopqa.plugin import AnalyseContext, Analyser, Options, hookimpl

MOST_NAMED = 5  #: words in the sentence


class ThemeOptions(Options):
    """What is told."""

    at_least: int = Field(default=FEWEST, ge=FEWEST)  #: customers who must use a word
    most: int = Field(default=10, ge=1, le=100)  #: words that stand out; further ones are not told


@dataclass(frozen=True)
class Read:
    """The comments behind a finding, ready to be counted."""

    both: Voices
    dimension: Dimension
    causes: dict[str, tuple[Keyword, ...]]  #: words of the rubric's root causes

    @property
    def crowd(self) -> Crowd:
        """How many customers they are of."""
        return Crowd(len(self.both.low), len(self.both.rest))

    def points_to(self, term: str) -> list[str]:
        """The root causes that have a word which the term holds."""
        return [cause for cause, words in self.causes.items() if met(words, folded(term))]


class ThemesAnalyser(Analyser):
    """Keywords of the rubric, and words that low answers have more often than the others.

    A word counts once a customer. Which words stand out is tested (Fisher's exact test,
    Benjamini-Hochberg at 10 %); they are ordered by weighted log-odds (Monroe, Colaresi & Quinn
    2008). English needs no library, Chinese words take the extra ``[text]``.
    """

    type = "themes"
    summary = text("why: what comments on low answers speak of, beyond those on others")
    Config = ThemeOptions
    reads_cases = True

    def analyse(self, context: AnalyseContext) -> Insight | None:
        """The themes of one finding."""
        if context.finding is None:
            return None
        comments = context.comments()
        both = voices(comments.low, comments.rest)
        if len(both.low) < FEWEST:
            sentence = text("under {n} customers left a comment on a low answer", n=FEWEST)
            return Insight(sentence, notes=comments.silent)
        segment = chinese_segmenter()
        uses = term_uses(both, segment)
        tested = distinctive(uses, len(both.low), len(both.rest), self.config.at_least)
        read = _read(both, context.rubric.dimension(context.finding.dimension))
        notes = (*reading_notes(comments, both, segment is not None), *_notes(read, tested))
        return Insight(
            _sentence(tested),
            tuple(self._leads(read, tested)),
            (*notes, *comments.silent),
            {
                "low": len(both.low),
                "rest": len(both.rest) if len(both.rest) >= FEWEST else None,
                "tested": tested.tested,
                "found": len(tested.found),
            },
        )

    def _leads(self, read: Read, tested: Tested) -> Iterator[Lead]:
        """Root causes that the rubric has words for, words that stand out, keywords."""
        causes = read.both.uses(
            lambda told: (cause for cause, words in read.causes.items() if met(words, told))
        )
        for cause, uses in _most_first(causes, self.config.at_least):
            words = ", ".join(one.written for one in read.causes[cause])
            what = text("root cause '{cause}' ({words})", cause=cause, words=words)
            yield _lead(read, uses, what, cause=cause)
        for one in tested.found[: self.config.most]:
            yield _term(read, one)
        wanted = keywords(read.dimension.keywords)
        known = read.both.uses(lambda told: met(wanted, told))
        for word, uses in _most_first(known, self.config.at_least):
            yield _lead(read, uses, text("keyword '{word}'", word=word), keyword=word)


def _read(both: Voices, dimension: Dimension) -> Read:
    words = dimension.cause_words or {}
    causes = {cause: keywords(words.get(cause, {})) for cause in dimension.causes}
    return Read(both, dimension, {cause: found for cause, found in causes.items() if found})


def _most_first(uses: dict[str, Uses], at_least: int) -> list[tuple[str, Uses]]:
    enough = [(word, one) for word, one in uses.items() if one.low >= at_least]
    return sorted(enough, key=lambda pair: (-pair[1].low, pair[0]))


def _term(read: Read, one: Distinctive) -> Lead:
    causes = read.points_to(one.term)
    told = _lead(read, Uses(one.low, one.rest), text("'{name}'", name=one.term), word=one.term)
    figures = {**told.figures, "z": one.z, "p": one.p}
    if not causes:
        return Lead(told.text, told.scope, told.dimension, figures, told.details)
    names = ", ".join(causes)
    points = text("{told}; points to {causes}", told=told.text, causes=names)
    return Lead(points, told.scope, told.dimension, figures, {**told.details, "cause": names})


def _lead(read: Read, uses: Uses, what: Text, **details: str) -> Lead:
    return Lead(
        text("{what}: {said}", what=what, said=read.crowd.said(uses)),
        dimension=read.dimension.id,
        figures=read.crowd.figures(uses),
        details=details,
    )


def _sentence(tested: Tested) -> Text:
    if tested.found:
        words = [text("'{name}'", name=one.term) for one in tested.found[:MOST_NAMED]]
        return text("comments on low answers speak more often of {words}", words=listed(words))
    if tested.tested:
        return text(
            "no word is used more often on low answers beyond chance ({n} tested)", n=tested.tested
        )
    return text("too few comments to say what low answers speak of more often than others")


def _notes(read: Read, tested: Tested) -> Iterator[Text]:
    if tested.found:
        yield BY_CHANCE
    if read.dimension.causes:
        yield text("root causes to choose from: {causes}", causes=", ".join(read.dimension.causes))


@hookimpl
def loopqa_analysers() -> Sequence[type[Analyser]]:
    """The analyser of this file."""
    return [ThemesAnalyser]
