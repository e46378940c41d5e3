"""What a question in an indicator's own unit needs beside its evidence: margins, notes ..."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from loopqa.calc.effect.contrast import pooled
from loopqa.calc.question.amounts import MOST_ZEROS, Smallest, quantile_of, smallest_of
from loopqa.calc.question.evidence_index import EvidenceIndex
from loopqa.calc.question.own_units import stated_direction
from loopqa.calc.question.readings import Reading
from loopqa.calc.scoring.indicators import QUANTILES
from loopqa.language import Text, text
from loopqa.model.coding import NumberCoding
from loopqa.model.score import Interval
from loopqa.model.tally import BinCount, Tally
from loopqa.model.units import with_unit
from loopqa.model.verdict import BesideQuantile
from loopqa.model.yardstick import USUAL_MATERIAL, Kind

_SPREAD = 1.8  #: half a 1-5 scale in standard deviations of its answers


def smallest_amounts(tally: Tally) -> dict[str, Smallest]:
    """What counts as the smallest amount of every indicator whose numbers are binned."""
    rows: dict[str, list[BinCount]] = {}
    for row in tally.bins:
        rows.setdefault(row.indicator, []).append(row)
    return {indicator: smallest_of(several) for indicator, several in rows.items()}


def settled(reading: Reading, smallest: Mapping[str, Smallest]) -> Reading:
    """The reading as the amounts at hand allow: without logarithms it is on the mean itself."""
    if not reading.yardstick.ratio:
        return reading
    known = smallest.get(reading.indicator or "")
    return reading if known is not None and known.has_ratio else reading.in_kind(Kind.AMOUNT)


def spread_scale(reading: Reading, index: EvidenceIndex) -> Interval | None:
    """The scale on which answers would have the spread that they usually have on a 1-5 scale.

    A rating from 1 to 5 has a standard deviation of about 1.1 points, so its ends lie 1.8 of them
    from the mean. Local shocks are allowed for, and believed, in that proportion. None where the
    scope's baseline shows no spread.
    """
    everybody = pooled(index.period(reading.quantity, index.request.before).scope)
    if everybody.n < 2 or not everybody.variance > 0:
        return None
    half = _SPREAD * everybody.variance**0.5
    return everybody.mean - half, everybody.mean + half


def material_of(reading: Reading) -> float | None:
    """The smallest change that matters: the indicator's own, or what is usual for its kind."""
    told = reading.source.material_change if reading.source else None
    if told is None:
        told = USUAL_MATERIAL.get(reading.yardstick.kind)
    return None if told is None else reading.yardstick.material(told)


def quantile_beside(reading: Reading, index: EvidenceIndex) -> BesideQuantile | None:
    """The median, or the indicator's own quantile, of the scope's amounts before and after."""
    request, source = index.request, reading.source
    if source is None or not reading.own or not isinstance(reading.coding, NumberCoding):
        return None
    name = source.aggregate if source.aggregate in QUANTILES else "median"
    clusters = [
        list(index.amounts.get((reading.indicator or "", window), {}).values())
        for window in (request.before, request.after)
    ]
    if not any(clusters):
        return None
    before, after = (quantile_of(one, QUANTILES[name]) for one in clusters)
    return BesideQuantile(name, source.unit, before, after)


def notes(
    readings: Sequence[Reading],
    smallest: Mapping[str, Smallest],
    by_strata: Collection[str] = (),
) -> tuple[Text, ...]:
    """How the answers of a question were read, as far as a reader has to know.

    ``by_strata``: quantities of answers that were drawn by strata.
    """
    own = [note for reading in readings if reading.own for note in _notes(reading, smallest)]
    if any(reading.weighted for reading in readings):
        own.append(
            text(
                "answers are weighted: numbers of answers are effective ones (Kish), and customers "
                "who are paired count alike"
            )
        )
    if any(reading.quantity in by_strata for reading in readings):
        own.append(
            text(
                "drawn by strata: each answer weighs as many cases as it stands for, numbers of "
                "answers are effective ones (Kish); the estimate is as unsure as a sample of "
                "customers to come, however many of this period's were asked; customers who are "
                "paired count alike"
            )
        )
    return tuple(own)


def _guessed(reading: Reading) -> bool:
    source, coding = reading.source, reading.coding
    return source is not None and coding is not None and stated_direction(source, coding) is None


def _notes(reading: Reading, smallest: Mapping[str, Smallest]) -> Iterator[Text]:
    yardstick, known = reading.yardstick, smallest.get(reading.indicator or "")
    if reading.split:
        yield text(
            "the indicators of the dimension are judged one by one, each in its own unit: single "
            "cases have no points for all of them"
        )
    if yardstick.within is not None:
        yield text(
            "judged by the share of answers that meet the target {target}",
            target=str(yardstick.within),
        )
    if yardstick.lower_is_better and _guessed(reading):
        yield text("less is taken to be better: there is no target that says otherwise")
    if yardstick.ratio:
        yield text("means are geometric, and changes are percentages of what was before")
    if known is None or not known.zeros or yardstick.within is not None:
        return
    if yardstick.ratio:
        yield text(
            "{n} answers of 0 count as {least}, the smallest amount told apart",
            n=known.zeros,
            least=with_unit(f"{known.least:.3g}", yardstick.unit),
        )
    elif not known.negative and not known.has_ratio:
        yield text(
            "more than {percent} of the answers are 0, so the mean itself is judged and not its "
            "ratio",
            percent=f"{100 * MOST_ZEROS:g}%",
        )
