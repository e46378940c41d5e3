"""What the reviews of a sample leave to be wished for, in words."""

from __future__ import annotations

from loopqa.language import Text, text
from loopqa.model.sample import Coverage


def shortfalls(coverage: Coverage) -> tuple[Text, ...]:
    """One sentence for everything that weakens what the reviews say; nothing where all is done."""
    return (
        *_too_few(coverage),
        *_thin_strata(coverage),
        *_outside(coverage),
        *_late(coverage),
        *_unweighted(coverage),
    )


def _too_few(coverage: Coverage) -> list[Text]:
    told = []
    if coverage.share < coverage.promised:
        told.append(
            text(
                "{reviewed} of {population} cases were reviewed: {share}, below the promised "
                "{promised}",
                reviewed=f"{coverage.reviewed:,}",
                population=f"{coverage.population:,}",
                share=percent(coverage.share),
                promised=percent(coverage.promised),
            )
        )
    if coverage.reviewed < coverage.drawn:
        told.append(
            text(
                "{reviewed} of {drawn} drawn cases are reviewed",
                reviewed=f"{coverage.reviewed:,}",
                drawn=f"{coverage.drawn:,}",
            )
        )
    least = min(coverage.at_least, coverage.population)
    if coverage.per == "total" and coverage.reviewed < least:
        told.append(
            text("the rule asks for at least {n} reviewed cases: the sample is too small", n=least)
        )
    return told


def _thin_strata(coverage: Coverage) -> list[Text]:
    """Strata without a review, and strata with fewer reviews than the rule asks for."""
    told = []
    empty = [one for one in coverage.strata if not one.reviewed]
    if empty:
        told.append(
            text(
                "no case of {strata} is reviewed: the scores leave these {n} cases out",
                strata=", ".join(one.stratum for one in empty),
                n=f"{sum(one.population for one in empty):,}",
            )
        )
    thin = [
        one for one in coverage.strata if 0 < one.reviewed < min(coverage.at_least, one.population)
    ]
    if thin and coverage.per == "stratum":
        told.append(
            text(
                "fewer than {n} reviewed cases: {strata}",
                n=coverage.at_least,
                strata=", ".join(f"{one.stratum} ({one.reviewed})" for one in thin),
            )
        )
    return told


def _outside(coverage: Coverage) -> list[Text]:
    if not coverage.outside:
        return []
    more = " ..." if coverage.outside > len(coverage.outside_cases) else ""
    return [
        text(
            "reviews of cases that were not drawn do not count: {n} ({cases})",
            n=f"{coverage.outside:,}",
            cases=", ".join(one or "—" for one in coverage.outside_cases) + more,
        )
    ]


def _late(coverage: Coverage) -> list[Text]:
    if not coverage.late:
        return []
    return [
        text(
            "{n} cases came in after the sample was drawn and are not covered by it; "
            "`loopqa sample draw` adds them",
            n=f"{coverage.late:,}",
        )
    ]


def _unweighted(coverage: Coverage) -> list[Text]:
    if coverage.unweighted is None:
        return []
    return [
        text(
            "the reviews go without weights: another input of the same rater answers "
            "'{dimension}', too; give one of them a rater of its own",
            dimension=coverage.unweighted,
        )
    ]


def percent(share: float) -> str:
    """A share as people write it, with one place where it has one.

    >>> percent(5460 / 455_000), percent(0.03)
    ('1.2%', '3%')
    """
    return f"{share * 100:.3g}%" if share >= 0.0995 else f"{share * 100:.2g}%"
