"""Bands: no value without a level, no level without values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from loopqa.define.explaining import Notes
from loopqa.define.fields import Wrong, number_of
from loopqa.define.fields import condition as read_condition
from loopqa.define.nodes import Path_
from loopqa.language import text
from loopqa.model.rubric import Condition, Scale

Bands = Sequence[tuple[float, Condition]]


def check_bands(
    options: Mapping[str, object], valid: Condition | None, scale: Scale, path: Path_, notes: Notes
) -> None:
    """Note levels off the scale, gaps and bands that can't be reached; ``path``: of the scheme."""
    written = options.get("bands")
    if not isinstance(written, Mapping) or not written:
        return  # the scheme's own options say what is missing
    at = (*path, "bands")
    bands = _read(written, scale, at, notes)
    if len(bands) == len(written):
        _cover(sorted(bands, key=lambda band: -band[0]), valid, at, notes)


def _read(
    written: Mapping[object, object], scale: Scale, at: Path_, notes: Notes
) -> list[tuple[float, Condition]]:
    bands = []
    for key, value in written.items():
        name = str(key)
        level = number_of(name)
        if level is None or not scale.low <= level <= scale.high:
            message = text(
                "level {level} is not on the scale {low}-{high}",
                level=name,
                low=f"{scale.low:g}",
                high=f"{scale.high:g}",
            )
            notes.wrong((*at, name), message, key=True)
            continue
        try:
            bands.append((level, read_condition(value)))
        except Wrong as wrong:
            notes.wrong((*at, name), wrong.message, wrong.hint)
    return bands


def _cover(bands: Bands, valid: Condition | None, at: Path_, notes: Notes) -> None:
    """Try every place on the number line where the answer can change: cuts, between and beyond."""
    reached: set[float] = set()
    for point in _points([condition.value for _, condition in bands]):
        if valid is not None and not valid.holds(point):
            continue
        level = next((level for level, condition in bands if condition.holds(point)), None)
        if level is None:
            message = text("no band covers the value {value}", value=f"{point:g}")
            notes.wrong(at, message, text("let the worst band take what is left"), key=True)
            break
        reached.add(level)
    else:
        _unreached(bands, reached, at, notes)


def _unreached(bands: Bands, reached: set[float], at: Path_, notes: Notes) -> None:
    for level, condition in bands:
        if level not in reached:
            message = text(
                "band {level} ({condition}) is never reached: better bands take all its values",
                level=f"{level:g}",
                condition=str(condition),
            )
            notes.wrong((*at, _written(level, at, notes)), message)


def _written(level: float, at: Path_, notes: Notes) -> str:
    keys = notes.document.find(at).entries or {}
    return next((key for key in keys if number_of(key) == level), f"{level:g}")


def _points(cuts: Sequence[float]) -> list[float]:
    ordered = sorted(set(cuts))
    between = [(low + high) / 2 for low, high in pairwise(ordered)]
    return sorted([ordered[0] - 1, *ordered, *between, ordered[-1] + 1])
