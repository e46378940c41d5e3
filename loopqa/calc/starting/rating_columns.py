"""Which columns are ratings: by their values, their names and their neighbours."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from loopqa.calc.starting.columns import Column
from loopqa.calc.starting.guess import Rated
from loopqa.calc.starting.names import hints_at, stem
from loopqa.calc.starting.scales import Scale, hundred_of, scale_of
from loopqa.language import Text, text

BATTERY = 3  #: so many questions of one kind side by side are ratings, whatever they are called


def rated_columns(
    columns: Sequence[Column], chosen: Iterable[str] | None = None
) -> tuple[Rated, ...]:
    """The rating columns, in the order of the table.

    A column whose values lie on a scale is taken where its name says so, where it answers in words
    (satisfied, agree), where it stands beside such a one, or where at least three alike stand side
    by side or share the beginning of their name (Q7A, Q7B ...). Without any such, every column that
    could be one is.

    Args:
        chosen: take exactly these, as far as their values lie on a scale.
    """
    scales = {one.name: scale for one in columns if (scale := rating_scale(one)) is not None}
    if chosen is not None:
        names = [name for name in chosen if name in scales]
    else:
        sure = [name for name in scales if _says_so(name, scales[name])]
        names = _in_order(columns, {*sure, *_batteries(columns, scales, sure)})
        names = names or [name for name in scales if scales[name].middle > 0.4]
    return tuple(_rated(name, scales[name], names) for name in names)


def rating_scale(column: Column) -> Scale | None:
    """The scale of a column: a few marks, or 0-100 where its name speaks of ratings."""
    few = scale_of(column)
    if few is not None or not hints_at(column.name, "rating"):
        return few
    return None if hints_at(column.name, "duration", "wait") else hundred_of(column)


def could_be_ratings(columns: Sequence[Column]) -> tuple[str, ...]:
    """All columns whose values lie on a scale."""
    return tuple(one.name for one in columns if scale_of(one) is not None)


def why_rated(rated: Rated, rows: int) -> Text:
    """What of a column lies on the scale, and what else was taken for what."""
    scale = rated.scale
    found = text(
        "{low}-{high} in {n} of {rows} rows",
        low=scale.low,
        high=scale.high,
        n=f"{scale.answered:,}",
        rows=f"{rows:,}",
    )
    if scale.values:
        found = text("{found}, in words", found=found)
    if scale.missing:
        found = text(
            "{found}; {codes} taken as no answer", found=found, codes=_listed(scale.missing)
        )
    if scale.not_applicable:
        codes = _listed(scale.not_applicable)
        found = text("{found}; {codes} taken as not applicable", found=found, codes=codes)
    return found


def _listed(codes: Sequence[str]) -> str:
    return ", ".join(codes)


def _says_so(name: str, scale: Scale) -> bool:
    return bool(scale.values) or hints_at(name, "rating", "nps")


def _in_order(columns: Sequence[Column], names: set[str]) -> list[str]:
    return [one.name for one in columns if one.name in names]


def _batteries(
    columns: Sequence[Column], scales: Mapping[str, Scale], sure: Collection[str]
) -> set[str]:
    """Columns that are ratings because of those beside them, or of the beginning of their name."""
    found: set[str] = set()
    for run in _runs(columns, scales):
        if len(run) >= BATTERY or not set(sure).isdisjoint(run):
            found |= {name for name in run if not hints_at(name, "segment", "team", "case")}
    stems: dict[tuple[str, int, int], list[str]] = {}
    for name, scale in scales.items():
        if stem(name):
            stems.setdefault((stem(name), *_ends(scale)), []).append(name)
    return found.union(*(names for names in stems.values() if len(names) >= BATTERY))


def _runs(columns: Sequence[Column], scales: Mapping[str, Scale]) -> list[list[str]]:
    """Columns of the same scale that stand side by side."""
    runs: list[list[str]] = [[]]
    for one in columns:
        scale = scales.get(one.name)
        if scale is None or (runs[-1] and _ends(scales[runs[-1][-1]]) != _ends(scale)):
            runs.append([])
        if scale is not None:
            runs[-1].append(one.name)
    return runs


def _ends(scale: Scale) -> tuple[int, int]:
    return scale.low, scale.high


def _rated(name: str, scale: Scale, all_names: Sequence[str]) -> Rated:
    nps = scale.high == 10 and hints_at(name, "nps")
    if nps:
        scale = replace(scale, low=0)
    overall = len(all_names) > 2 and not nps and hints_at(name, "overall")
    return Rated(name, scale, nps, overall)
