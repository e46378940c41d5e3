"""The starter rubric, with a remark above everything that was guessed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import floor

from loopqa.calc.starting.guess import Guess, Measured, Rated, Span, Told
from loopqa.calc.starting.names import as_id
from loopqa.calc.starting.scales import Scale, all_words
from loopqa.engine.starting.yaml_lines import flow, mapping, remark, scalar
from loopqa.language import Text, text

MARKS = (1, 5)

#: Where bands begin: seconds on the telephone, minutes to a first answer, hours to a solution. They
#: are those of common service handbooks, and nobody's promise.
_WAIT_BANDS = {"s": (15, 30, 60, 90), "min": (15, 120, 480, 1440), "h": (4, 24, 72, 168)}
_SPAN_UNITS = {
    "responded": ("minutes", "min"),
    "resolved": ("hours", "h"),
    "closed": ("hours", "h"),
}
_SPAN_TITLES = {
    "responded": text("Time to the first answer"),
    "resolved": text("Time to the solution"),
    "closed": text("Time to the end"),
}
_BOXES = {
    (1, 5): "{top: [4, 5], bottom: [1, 2]}",
    (0, 10): "{top: [9, 10], bottom: [0, 1, 2, 3, 4]}",
}
_BELOW_SHARE = 80  #: percent; where shares are all there is


def rubric_text(guess: Guess, name: str, origin: str) -> str:
    """The YAML of the rubric ``name`` for a table that was read from ``origin``."""
    low, high = scale_of_scores(guess)
    lines = [
        *remark(
            text(
                "Written by `loopqa init --from {origin}`: a first guess at what its columns "
                "mean. Correct it, then run `loopqa check`.",
                origin=origin,
            )
        ),
        f"rubric: {scalar(name)}",
        'version: "1"',
        f"title: {scalar(name)}",
        f"scale: {{low: {low}, high: {high}}}",
    ]
    if (low, high) in _BOXES:
        lines.append(f"boxes: {_BOXES[low, high]}")
    lines += _finding(guess, low, high)
    return "\n".join([*lines, "", "dimensions:", *_dimensions(guess, (low, high))]) + "\n"


def scale_of_scores(guess: Guess) -> tuple[int, int]:
    """The scale that most ratings have; 1-5 for times, 0-100 for shares alone."""
    own = Counter((one.scale.low, one.scale.high) for one in guess.ratings if not one.nps)
    if own:
        return own.most_common(1)[0][0]
    if guess.ratings:
        return 0, 10
    return MARKS if guess.scores else (0, 100)


def _finding(guess: Guess, low: int, high: int) -> list[str]:
    if not guess.scores:
        aim = str(_BELOW_SHARE)
        why = text("A share below {below} % is a finding: put your own aim here.", below=aim)
        return [*remark(why), f"finding: {{below: {aim}, min_n: 30}}"]
    below = _weak_line(guess, low, high)
    lines = remark(
        text(
            "What falls short: a mean below this line, or more than 30 % low answers; with fewer "
            "than 30 answers it is only watched. For an aim, write {target} in a dimension.",
            target=f'target: ">= {low + 0.75 * (high - low):g}"',
        )
    )
    if below > (low + high) / 2:
        why = text("No rating lies below the middle: the line is drawn where the weakest shows.")
        lines += remark(why)
    return [*lines, f"finding: {{below: {below:g}, min_n: 30, bottom_share_above: 30%}}"]


def _weak_line(guess: Guess, low: int, high: int) -> float:
    """The middle of the scale; where every mean lies above it, just above the lowest of them."""
    middle = (low + high) / 2
    means = [
        low + one.scale.middle * (high - low)
        for one in guess.ratings
        if _on(one, (low, high)) and not one.nps and not one.overall
    ]
    if not means or min(means) < middle:
        return middle
    return min((floor(10 * min(means)) + 1) / 10, high)


def _dimensions(guess: Guess, scale: tuple[int, int]) -> list[str]:
    taken: list[str] = []
    lines: list[str] = []
    beside: list[list[str]] = []
    for one in guess.ratings:
        if _on(one, scale):
            lines += _rating(guess, one, taken)
        else:
            beside.append(_rating_beside(guess, one, taken))
        if one.nps and _on(one, scale):
            beside.append(_rating_beside(guess, one, taken))
    marks = scale == MARKS
    for span in guess.spans:
        lines += _span(guess, span, taken, scored=marks)
    for amount in guess.measured:
        if amount.wait and marks:
            lines += _wait(guess, amount, taken)
        else:
            beside.append(_amount_beside(guess, amount, taken))
    for told in guess.told:
        if not guess.scores:
            lines += _told(guess, told, taken)
        else:
            beside.append(_told_beside(guess, told, taken))
    return [*lines, *_beside(beside, taken)]


def _on(one: Rated, scale: tuple[int, int]) -> bool:
    return (one.scale.low, one.scale.high) == scale


def _new_id(name: str, taken: list[str]) -> str:
    taken.append(as_id(name, [*taken, "composite", "beside"]))
    return taken[-1]


def _answers(scale: Scale) -> dict[str, str]:
    entries: dict[str, str] = {}
    if scale.values:
        words = all_words(scale)
        entries["values"] = mapping({scalar(one): str(level) for one, level in words.items()})
    if scale.missing:
        entries["missing"] = flow(scale.missing)
    if scale.not_applicable:
        entries["not_applicable"] = flow(scale.not_applicable)
    return entries


def _block(id_: str, why: Sequence[object], entries: dict[str, str], indent: int = 2) -> list[str]:
    lines = [line for one in why for line in remark(one, indent)]
    pad = " " * indent
    lines.append(f"{pad}{scalar(id_)}:")
    return [*lines, *(f"{pad}  {name}: {value}" for name, value in entries.items())]


def _rating(guess: Guess, one: Rated, taken: list[str]) -> list[str]:
    entries = {"title": scalar(one.column), "column": scalar(one.column), **_answers(one.scale)}
    why: list[Text] = [guess.why(one.column)]
    if guess.weights:
        entries["score"] = "weighted_mean"
    if one.overall:
        why.append(text("about everything: an outcome to be explained, not a part of the total"))
        entries["weight"] = "0"
    return _block(_new_id(one.column, taken), why, entries)


def _rating_beside(guess: Guess, one: Rated, taken: list[str]) -> list[str]:
    entries = {
        "title": scalar(one.column),
        "column": scalar(one.column),
        "low": str(one.scale.low),
        "high": str(one.scale.high),
        **_answers(one.scale),
        "score": "nps" if one.nps else "rating",
        "weight": "0",
    }
    why: list[Text] = [guess.why(one.column)]
    if one.nps:
        why.append(text("net promoter score: the share of 9 and 10 less the share of 0 to 6"))
    return _block(_new_id(one.column, taken), why, entries, 6)


def _bands(unit: str) -> str:
    cuts = _WAIT_BANDS[unit]
    bands = {str(5 - at): f'"<= {cut}"' for at, cut in enumerate(cuts)}
    return f"{{type: bands, bands: {mapping({**bands, '1': f'{chr(34)}> {cuts[-1]}{chr(34)}'})}}}"


_BANDS_WHY = text(
    "The bands are only to begin with: put your own promises here, and give it a weight in the "
    "composite once they stand."
)


def _aside(guess: Guess) -> dict[str, str]:
    """Bands that nobody promised do not move the composite of what customers said."""
    return {"weight": "0"} if guess.ratings else {}


def _span(guess: Guess, span: Span, taken: list[str], *, scored: bool) -> list[str]:
    name, unit = _SPAN_UNITS[span.id]
    between = mapping({"from": scalar(span.start), "to": scalar(span.end), "open": "pending"})
    entries = {
        "title": scalar(str(_SPAN_TITLES[span.id])),
        "rater": "internal",
        name: between,
        "valid": '">= 0"',
        "score": _bands(unit) if scored else "none",
        "unit": unit,
        **(_aside(guess) if scored else {}),
    }
    why = [text("From {start} to {end}.", start=span.start, end=span.end)]
    return _block(_new_id(span.id, taken), [*why, _BANDS_WHY] if scored else why, entries)


def _wait(guess: Guess, one: Measured, taken: list[str]) -> list[str]:
    entries = {
        "title": scalar(one.column),
        "rater": "internal",
        "column": scalar(one.column),
        **({"missing": flow(one.missing)} if one.missing else {}),
        "valid": '">= 0"',
        "score": _bands(one.unit),
        "unit": one.unit,
        **_aside(guess),
    }
    return _block(_new_id(one.column, taken), [guess.why(one.column), _BANDS_WHY], entries)


def _amount_beside(guess: Guess, one: Measured, taken: list[str]) -> list[str]:
    entries = {
        "title": scalar(one.column),
        "rater": "internal",
        "column": scalar(one.column),
        **({"missing": flow(one.missing)} if one.missing else {}),
        "score": "none",
        "aggregate": "median",
        "unit": one.unit,
    }
    return _block(_new_id(one.column, taken), [guess.why(one.column)], entries, 6)


def _told(guess: Guess, one: Told, taken: list[str], indent: int = 2) -> list[str]:
    answers, yes = one.answers, 1 if one.good or indent > 2 else 0
    levels = dict.fromkeys(answers.yes, yes) | dict.fromkeys(answers.no, 1 - yes)
    entries = {
        "title": scalar(one.column),
        "rater": "internal",
        "column": scalar(one.column),
        "values": mapping({scalar(word): str(level) for word, level in levels.items()}),
        **({"missing": flow(answers.missing)} if answers.missing else {}),
        **({"not_applicable": flow(answers.not_applicable)} if answers.not_applicable else {}),
        "score": "share",
    }
    why: list[Text] = [guess.why(one.column)]
    if not yes:
        why.append(text("no is what one wants: the share of no is scored"))
    return _block(_new_id(one.column, taken), why, entries, indent)


def _told_beside(guess: Guess, one: Told, taken: list[str]) -> list[str]:
    return [*_told(guess, one, taken, 6), "        weight: 0"]


def _beside(indicators: Sequence[Sequence[str]], taken: list[str]) -> list[str]:
    if not indicators:
        return []
    why = text("Shown beside the scores, and part of none.")
    return [
        *remark(why, 2),
        "  beside:",
        f"    title: {scalar(str(text('Shown beside the scores')))}",
        "    weight: 0",
        "    indicators:",
        *(line for one in indicators for line in one),
    ]
