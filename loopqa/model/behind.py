"""What lies behind a finding: single rated cases and their comments, as analysers get them.

Customers are pseudonyms; texts are as they were written, so whoever shows one masks it first
(:func:`loopqa.calc.themes.masking.excerpt`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from loopqa.language import Text
from loopqa.model.rubric import Condition

LONGEST_COMMENT = 2_000  #: characters of a comment that are looked at


@dataclass(frozen=True)
class Comment:
    """What somebody wrote beside a rating."""

    text: str  #: its first ``LONGEST_COMMENT`` characters
    customer: str | None = None  #: pseudonym; None: nobody knows whose it is
    score: float = 0.0  #: of the case, in the finding's dimension


@dataclass(frozen=True)
class Comments:
    """The comments on a finding's cases: those on low scores, and the rest."""

    low_is: Condition  #: which scores are low
    low: tuple[Comment, ...] = ()
    rest: tuple[Comment, ...] = ()
    low_in_all: int = 0  #: there are; more than ``low`` holds where a sample was drawn
    rest_in_all: int = 0
    cut: int = 0  #: comments handed over that were longer
    silent: tuple[Text, ...] = ()  #: why inputs have no comments to offer

    @property
    def sampled(self) -> bool:
        """Whether there were more than could be handed over."""
        return len(self.low) < self.low_in_all or len(self.rest) < self.rest_in_all


@dataclass(frozen=True)
class RatedCase:
    """One case with its score in the finding's dimension."""

    input: str
    score: float
    case: str | None = None  #: its number in the source
    at: datetime | None = None  #: wall time of the workspace
    customer: str | None = None  #: pseudonym
    segments: tuple[tuple[str, str], ...] = ()  #: column and value, in the workflow's order
    answers: Mapping[str, str] = field(default_factory=dict)  #: indicator → answer as given
    comment: str | None = None


@dataclass(frozen=True)
class RatedCases:
    """The lowest cases of a finding, at most one a customer.

    The lowest first; among equals those with a comment, then the latest.
    """

    cases: tuple[RatedCase, ...] = ()
    silent: tuple[Text, ...] = ()  #: why inputs have no single cases to offer


#: of an analyser that is asked about no finding
NO_COMMENTS = Comments(Condition("<", 0.0))
NO_CASES = RatedCases()
