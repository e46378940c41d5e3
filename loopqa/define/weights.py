"""Weights as written become shares of 1."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from loopqa.define.fields import Weight, Wrong
from loopqa.language import text


def shares(weights: Mapping[str, Weight | None]) -> dict[str, float]:
    """Shares of 1 of all named things; None means no weight was written.

    Percents must add up to 100 and decimals to 1; whole numbers are parts. Where no weight is
    written the rest is shared equally (with parts, one part each). Exact until the last step.

    Raises:
        Wrong: the weights mix kinds, or do not add up.

    >>> shares({"a": Weight(Fraction(3), "parts"), "b": None})
    {'a': 0.75, 'b': 0.25}
    """
    written = {name: weight for name, weight in weights.items() if weight is not None}
    kinds = {weight.kind for weight in written.values() if weight.amount}
    if len(kinds) > 1:
        raise Wrong(
            text("the weights mix percents, decimals and parts"),
            text("write all of them in the same way"),
        )
    kind = kinds.pop() if kinds else "parts"
    if kind == "parts":
        return _by_parts(
            {name: weight.amount if weight else Fraction(1) for name, weight in weights.items()}
        )
    return _by_whole(weights, Fraction(100) if kind == "percent" else Fraction(1), kind)


def _by_parts(parts: Mapping[str, Fraction]) -> dict[str, float]:
    total = sum(parts.values())
    if not total:
        return dict.fromkeys(parts, 0.0)
    return {name: float(part / total) for name, part in parts.items()}


def _by_whole(weights: Mapping[str, Weight | None], whole: Fraction, kind: str) -> dict[str, float]:
    total = sum((weight.amount for weight in weights.values() if weight), Fraction(0))
    open_names = [name for name, weight in weights.items() if weight is None]
    if total > whole or (total < whole and not open_names) or (total == whole and open_names):
        sign = "%" if kind == "percent" else ""
        message = text(
            "the weights of {names} add up to {total}, not {whole}",
            names=", ".join(weights),
            total=f"{float(total):g}{sign}",
            whole=f"{float(whole):g}{sign}",
        )
        raise Wrong(message, text("correct them, or write whole numbers: they count as parts"))
    rest = (whole - total) / len(open_names) if open_names else Fraction(0)
    return {
        name: float((weight.amount if weight else rest) / whole) for name, weight in weights.items()
    }
