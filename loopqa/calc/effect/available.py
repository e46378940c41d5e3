"""What kind of evidence a question offers, and whether there is enough of it to be used."""

from __future__ import annotations

from dataclasses import dataclass

from loopqa.calc.effect.contrast import pooled, pooled_pairs
from loopqa.calc.effect.designs import TABLE, Design
from loopqa.calc.effect.drift import LEAST_WINDOWS, usable
from loopqa.model.verdict import Arm, Asked, Clusters, Question, Stream

LEAST_ANSWERS = 10  #: fewer answers or pairs of an arm in a period decide nothing


@dataclass(frozen=True)
class Available:
    """What kind of evidence a question offers."""

    asked: Asked  #: what the answers can be taken as: SAME without customer ids is RANDOM
    comparison: bool
    history: bool

    @property
    def design(self) -> Design | None:
        """The row of the decision table, if there is one."""
        return TABLE.get((self.asked, self.comparison, self.history))


def available(question: Question) -> Available:
    """Which evidence of a question is large enough to be used.

    A comparison needs ten answers in each period (ten customers asked twice where they are
    paired), a history six windows with answers in every arm that is used.
    """
    streams = list(question.streams.values())
    paired = has_pairs(question)
    asked = Asked.RANDOM if question.asked is Asked.SAME and not paired else question.asked
    comparison = bool(streams) and all(_comparable(s, asked) for s in streams)
    history = bool(streams) and all(_long_enough(s, comparison) for s in streams)
    return Available(asked, comparison, history)


def has_pairs(question: Question) -> bool:
    """Whether any customer of the scope is known to have answered both times."""
    return any(pair_count(stream, Arm.SCOPE) for stream in question.streams.values())


def pair_count(stream: Stream, arm: Arm) -> int:
    """Customers of an arm who answered both times."""
    return pooled_pairs(stream.pairs.get(arm, {})).n


def _comparable(stream: Stream, asked: Asked) -> bool:
    if asked is not Asked.RANDOM and pair_count(stream, Arm.COMPARISON) < LEAST_ANSWERS:
        return False
    return _enough(stream.before.comparison) and _enough(stream.after.comparison)


def _enough(clusters: Clusters) -> bool:
    return pooled(clusters).n >= LEAST_ANSWERS


def _long_enough(stream: Stream, comparison: bool) -> bool:
    return len(usable(stream.history, comparison)) >= LEAST_WINDOWS


def teams_of(question: Question) -> tuple[int, int] | None:
    """Coarsest clusters in scope and comparison; None where no cluster column is known."""
    if question.teams is not None:
        return question.teams
    if not question.cluster_name:
        return None
    stream = next(iter(question.streams.values()))
    return len(stream.after.scope), len(stream.after.comparison)


def one_team(question: Question) -> bool:
    """Whether the scope is a single team, whose own shocks look like an effect."""
    teams = teams_of(question)
    return teams is not None and teams[0] == 1
