"""Terms that customers with low answers use more often than the others.

Who uses a term counts, not how often: ten comments of one customer are one voice. Terms are
ordered by the weighted log-odds ratio with an informative Dirichlet prior of Monroe, Colaresi &
Quinn (2008, "Fightin' Words"), here of customers instead of tokens, with the whole variance of
the log-odds. Which of them are named is decided by Fisher's exact test (one-sided) with the
correction of Benjamini & Hochberg (1995), which holds for rare terms and whatever the prior weighs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loopqa.calc.verdict.families import benjamini_hochberg

RATE = 0.10  #: expected share of false terms among those named
PRIOR = 20.0  #: customers that the prior weighs as much as
LEAST = 20  #: customers with comments on either side, below which terms are not tested


@dataclass(frozen=True)
class Uses:
    """How many customers of each side use a term."""

    low: int
    rest: int


@dataclass(frozen=True)
class Distinctive:
    """A term that is used more often where scores are low, beyond chance."""

    term: str
    low: int  #: customers with low answers who use it
    rest: int  #: the others who do
    z: float  #: weighted log-odds ratio: in standard errors, above 0 where it is used more
    p: float  #: one-sided, of Fisher's exact test


@dataclass(frozen=True)
class Tested:
    """What testing all terms came to."""

    tested: int
    found: tuple[Distinctive, ...]  #: the most telling first


def distinctive(uses: Mapping[str, Uses], low: int, rest: int, at_least: int) -> Tested:
    """Test every term that enough customers use, and order those that are used more.

    Args:
        uses: by term.
        low: customers with a comment on a low answer.
        rest: customers with a comment on another answer.
        at_least: customers who must use a term; also those with low answers, to be named.
    """
    import numpy as np  # noqa: PLC0415 - heavy

    if min(low, rest) < LEAST:
        return Tested(0, ())
    # Chosen by both sides together: a choice by one of them would spoil the test.
    terms = sorted(term for term, one in uses.items() if one.low + one.rest >= at_least)
    if not terms:
        return Tested(0, ())
    on_low = np.array([uses[term].low for term in terms], dtype=np.float64)
    on_rest = np.array([uses[term].rest for term in terms], dtype=np.float64)
    p = fisher(on_low, on_rest, low, rest)
    z = log_odds_z(on_low, on_rest, low, rest)
    passed = benjamini_hochberg(dict(enumerate(p.tolist())), RATE)
    found = [
        Distinctive(terms[at], int(on_low[at]), int(on_rest[at]), float(z[at]), float(p[at]))
        for at in passed
        if on_low[at] >= at_least and z[at] > 0
    ]
    ordered = sorted(found, key=lambda one: (-one.z, -len(one.term), one.term))
    return Tested(len(terms), tuple(_each_once(ordered)))


def log_odds_z(on_low: Any, on_rest: Any, low: int, rest: int) -> Any:
    """Log-odds ratio of each term over its standard error, with the pooled share as the prior.

    ``on_low``, ``on_rest``: arrays of customers who use each term, of ``low`` and ``rest``.
    """
    import numpy as np  # noqa: PLC0415 - heavy

    prior = PRIOR * (on_low + on_rest) / (low + rest)
    with_low, with_rest = on_low + prior, on_rest + prior
    without_low = low + PRIOR - with_low
    without_rest = rest + PRIOR - with_rest
    # Somebody who uses a term that everybody uses says nothing: no odds to tell apart.
    usable = (with_low > 0) & (with_rest > 0) & (without_low > 0) & (without_rest > 0)
    a, b, c, d = (np.where(usable, one, 1.0) for one in
                  (with_low, without_low, with_rest, without_rest))  # fmt: skip
    difference = np.log(a / b) - np.log(c / d)
    error = np.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    return np.where(usable, difference / error, 0.0)


def fisher(on_low: Any, on_rest: Any, low: int, rest: int) -> Any:
    """One-sided p of each term: that so many of its users are among the low ones by chance.

    Terms used no more often by the low ones get 1; nobody asks for theirs.
    """
    import numpy as np  # noqa: PLC0415 - heavy
    from scipy.special import gammaln  # noqa: PLC0415

    found = np.ones(len(on_low))
    users = on_low + on_rest
    for at in np.nonzero(on_low * rest > on_rest * low)[0]:
        found[at] = _tail(gammaln, int(on_low[at]), int(users[at]), low, rest)
    return found


def _tail(gammaln: Any, k: int, users: int, low: int, rest: int) -> float:
    """P(X >= k), X hypergeometric: how many of ``users`` are among the ``low``."""
    import numpy as np  # noqa: PLC0415 - heavy

    x = np.arange(k, min(users, low) + 1, dtype=np.float64)
    logs = (
        _choose(gammaln, low, x)
        + _choose(gammaln, rest, users - x)
        - _choose(gammaln, low + rest, np.float64(users))
    )
    return float(min(1.0, np.exp(logs).sum()))


def _choose(gammaln: Any, n: int, k: Any) -> Any:
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)


def _each_once(ordered: Sequence[Distinctive]) -> list[Distinctive]:
    """Of terms that lie within each other (call, call back), only the most telling one."""
    kept: list[Distinctive] = []
    for one in ordered:
        if not any(_within(one.term, other.term) or _within(other.term, one.term)
                   for other in kept):  # fmt: skip
            kept.append(one)
    return kept


def _within(part: str, whole: str) -> bool:
    """Whether a term is a part of another: whole words in English, characters in Chinese."""
    if part.isascii() or " " in whole:
        return f" {part} " in f" {whole} "
    return part in whole
