"""How many cases to draw from each stratum (Cochran 1977, chapter 5)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from loopqa.model.workflow import Sample


def allocation(sizes: Mapping[str, int], rule: Sample) -> dict[str, int]:
    """Cases to draw by stratum, in the order of the strata's names.

    ``per: stratum`` holds the share and the least number in every stratum; ``per: total`` holds
    them for all cases together and shares the sample out in proportion.

    Args:
        sizes: cases there are, by stratum.
        rule: its ``share``, ``at_least`` and ``per``.

    >>> sizes = {"enquiry": 300, "complaint": 40, "repair": 12}
    >>> allocation(sizes, Sample("tickets", "reviews"))
    {'complaint': 30, 'enquiry': 30, 'repair': 12}
    >>> allocation(sizes, Sample("tickets", "reviews", per="total"))
    {'complaint': 4, 'enquiry': 31, 'repair': 1}
    """
    if rule.per == "total":
        return in_proportion(sizes, wanted(sum(sizes.values()), rule))
    return {stratum: wanted(size, rule) for stratum, size in sorted(sizes.items())}


def wanted(population: int, rule: Sample) -> int:
    """n = min(N, max(ceil(share N), at_least)), told exactly: 10 % of 30 are 3.

    >>> wanted(24918, Sample("tickets", "reviews"))
    2492
    """
    share = Fraction(str(rule.share)) * population
    return min(population, max(-(-share.numerator // share.denominator), rule.at_least))


def in_proportion(sizes: Mapping[str, int], n: int) -> dict[str, int]:
    """``n`` cases shared out in proportion to the sizes, by largest remainders (Hamilton).

    Equal remainders go to the stratum whose name comes first. No stratum gets more than it has.

    Raises:
        ValueError: there are fewer than ``n`` cases.

    >>> in_proportion({"a": 1, "b": 1, "c": 2}, 2)
    {'a': 1, 'b': 0, 'c': 1}
    """
    population = sum(sizes.values())
    if n > population:
        raise ValueError(f"{n} cases can't be drawn from {population}")
    shares = {stratum: divmod(n * size, population or 1) for stratum, size in sorted(sizes.items())}
    left = n - sum(whole for whole, _ in shares.values())
    favoured = sorted(shares, key=lambda stratum: (-shares[stratum][1], stratum))[:left]
    return {stratum: whole + (stratum in favoured) for stratum, (whole, _) in shares.items()}
