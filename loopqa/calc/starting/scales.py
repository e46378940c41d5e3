"""Is a column a rating, and on which scale? From its values alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from loopqa.calc.scoring.answers import read_number
from loopqa.calc.starting.columns import Column

#: Scales that are looked for, in this order: on equal evidence the first is taken.
SCALES = ((1, 5), (1, 7), (1, 6), (1, 10), (0, 10))

MOST_CODES = 3  #: distinct codes beside a scale
LEAST_ON = 0.02  #: share of the rows that must lie on the scale; a question asked of few is one
MOST_LEVELS = 15  #: different answers of a question with a few marks, codes included
LEAST_LEVELS = 3  #: of a scale that must occur
LEAST_BEST = 0.005  #: share of the answers that each of the two best levels must have

#: Words of common scales, from the best level down; one list is one level.
_SATISFACTION = (
    ("very satisfied", "extremely satisfied", "非常满意", "很满意", "十分满意"),
    ("satisfied", "somewhat satisfied", "满意", "比较满意", "较满意"),
    ("neutral", "neither", "ok", "neither satisfied nor dissatisfied", "一般", "基本满意", "中立"),
    ("dissatisfied", "unsatisfied", "somewhat dissatisfied", "不满意", "较不满意", "不太满意"),
    ("very dissatisfied", "very unsatisfied", "extremely dissatisfied", "非常不满意", "很不满意"),
)
_AGREEMENT = (
    ("strongly agree", "completely agree", "非常同意", "完全同意"),
    ("agree", "somewhat agree", "同意", "比较同意"),
    ("neutral", "neither agree nor disagree", "undecided", "一般", "中立", "不确定"),
    ("disagree", "somewhat disagree", "不同意", "不太同意", "比较不同意"),
    ("strongly disagree", "completely disagree", "非常不同意", "完全不同意"),
)
_GRADES = (
    ("excellent", "outstanding", "优秀", "优", "非常好", "很好"),
    ("good", "very good", "良好", "良", "好"),
    ("average", "fair", "acceptable", "中", "一般", "合格", "还可以"),
    ("poor", "below average", "bad", "较差", "差", "不好"),
    ("very poor", "unacceptable", "terrible", "很差", "极差", "非常差"),
)
WORDED = (_SATISFACTION, _AGREEMENT, _GRADES)

#: Words that tell quality by themselves, whatever the column is called.
PASSED = frozenset({"pass", "passed", "合格", "通过"})
FAILED = frozenset({"fail", "failed", "不合格", "未通过", "不通过"})

YES = PASSED | frozenset(
    {"y", "yes", "true", "t", "1", "是", "有", "已解决", "解决", "及时", "按时", "达标"}
)
NO = FAILED | frozenset(
    {"n", "no", "false", "f", "0", "否", "没有", "未解决", "超时", "不及时", "未达标"}
)

#: Words for "this question does not concern me".
NOT_APPLICABLE = frozenset(
    {"n/a", "na", "not applicable", "does not apply", "did not use", "never used", "not used"}
    | {"don't know", "dk", "不适用", "不涉及", "未使用", "没用过", "不清楚", "不了解", "不知道"}
)

#: A mark with words behind it (5 - excellent, 5分), or in brackets behind them (excellent (5)).
_MARKED = re.compile(
    r"(?P<first>\d{1,2}) ?(?:[-–—.:：、=)）] ?\D*|分|星|级|stars?|points?)"
    r"|\D*[(（](?P<last>\d{1,2})分?[)）]"
)


@dataclass(frozen=True)
class Scale:
    """A column read as ratings."""

    low: int
    high: int
    answered: int  #: rows on the scale
    values: Mapping[str, int] = field(default_factory=dict)  #: words → level; empty: numbers
    missing: tuple[str, ...] = ()  #: codes taken as no answer
    not_applicable: tuple[str, ...] = ()
    levels: int = 0  #: how many different levels occur
    middle: float = 0.0  #: mean level, from 0 (lowest) to 1


Found = tuple[int, int, dict[str, int], tuple[str, ...]]
"""Low, high, level by value, and the codes beside the scale."""


def scale_of(column: Column) -> Scale | None:
    """The scale that a column's values lie on, or None where they lie on none."""
    answers = column.answers
    outside = tuple(one for one in answers if one.casefold() in NOT_APPLICABLE)
    asked = Counter({one: n for one, n in answers.items() if one not in outside})
    if not asked or column.capped or len(asked) > MOST_LEVELS:
        return None
    numbers = {one: number for one in asked if (number := read_number(one)) is not None}
    if numbers and len(numbers) < len(asked):
        return None
    found = _of_numbers(asked, numbers) if numbers else _of_words(asked)
    scale = None if found is None else _scale(asked, found, numbers)
    if scale is None or scale.levels < LEAST_LEVELS or scale.answered < LEAST_ON * column.rows:
        return None
    return replace(
        scale,
        missing=(*column.marks, *scale.missing),
        not_applicable=(*outside, *scale.not_applicable),
    )


def _scale(asked: Mapping[str, int], found: Found, numbers: Mapping[str, float]) -> Scale:
    low, high, levels, codes = found
    counts = Counter[int]()
    for one, level in levels.items():
        counts[level] += asked[one]
    answered = sum(counts.values())
    mean = sum(level * rows for level, rows in counts.items()) / answered
    below = tuple(one for one in codes if numbers[one] < low)
    return Scale(
        low,
        high,
        answered,
        values={} if numbers else levels,
        missing=below,
        not_applicable=tuple(one for one in codes if one not in below),
        levels=len(counts),
        middle=(mean - low) / (high - low),
    )


def hundred_of(column: Column) -> Scale | None:
    """The scale 0-100, for a column whose numbers all lie on it, as inspectors give marks."""
    numbers = column.numbers
    if numbers is None or column.capped or len(numbers) <= MOST_LEVELS:
        return None
    if min(numbers) < 0 or not 20 < max(numbers) <= 100:
        return None
    n = sum(numbers.values())
    mean = sum(value * rows for value, rows in numbers.items()) / n
    return Scale(0, 100, n, missing=column.marks, levels=len(numbers), middle=mean / 100)


def _of_numbers(asked: Mapping[str, int], numbers: Mapping[str, float]) -> Found | None:
    if any(number != int(number) for number in numbers.values()):
        return None
    whole = {one: int(number) for one, number in numbers.items()}
    for low, high in SCALES:
        on = {one: number for one, number in whole.items() if low <= number <= high}
        codes = tuple(sorted((one for one in whole if one not in on), key=lambda one: whole[one]))
        beside = {whole[one] for one in codes}
        best = min(_rows(asked, whole, level) for level in (high - 1, high))
        if best and best >= LEAST_BEST * sum(asked.values()) and _are_codes(low, high, beside):
            if beside == {6} and _one_hump([_rows(asked, whole, level) for level in range(1, 7)]):
                continue  # 6 goes on where 5 ends: it is the best level, not a code
            return low, high, on, codes
    return None


def _rows(asked: Mapping[str, int], whole: Mapping[str, int], level: int) -> int:
    return sum(n for one, n in asked.items() if whole[one] == level)


def _one_hump(counts: Sequence[int]) -> bool:
    """Whether counts rise to one level and fall from there."""
    peak = counts.index(max(counts))
    rising, falling = counts[: peak + 1], counts[peak:]
    return sorted(rising) == list(rising) and sorted(falling, reverse=True) == list(falling)


def _are_codes(low: int, high: int, beside: Collection[int]) -> bool:
    """Whether numbers beside a scale can be codes: the next ones, 8, 9, 99 ... or below 0.

    On 0-10, 0 is the worst level and no code, so that nothing else may be beside 1-10.
    """
    usual = {high + 1, 88, 99, 98, 97, 999, 998}
    usual |= {0, 8, 9} if high < 8 else set()
    return len(beside) <= MOST_CODES and all(code in usual or code < 0 for code in beside)


def _of_words(asked: Mapping[str, int]) -> Found | None:
    digits = _with_digits(asked)
    if digits is not None:
        return digits
    folded = {one: _bare(one) for one in asked}
    for words in WORDED:
        level = {word: 5 - at for at, group in enumerate(words) for word in group}
        if all(one in level for one in folded.values()):
            return 1, 5, {one: level[bare] for one, bare in folded.items()}, ()
    return None


def all_words(scale: Scale) -> dict[str, int]:
    """The words of a column's scale, also those that nobody has chosen yet, best level first.

    >>> all_words(Scale(1, 5, 9, {"Good": 4, "Excellent": 5}))["Very poor"]
    1
    """
    words = dict(scale.values)
    for group in WORDED:
        level = {word: 5 - at for at, synonyms in enumerate(group) for word in synonyms}
        if all(level.get(_bare(one)) == at for one, at in words.items()):
            plain = [word for word in level if word.isascii() == next(iter(words)).isascii()]
            written = {_as_in(words, word): level[word] for word in plain}
            words |= {one: at for one, at in written.items() if one not in words}
            break
    return dict(sorted(words.items(), key=lambda pair: -pair[1]))


def _as_in(words: Mapping[str, int], word: str) -> str:
    return word.capitalize() if next(iter(words))[:1].isupper() else word


def _with_digits(asked: Mapping[str, int]) -> Found | None:
    """Answers such as ``5 - very satisfied`` or ``5分``."""
    found = {one: _MARKED.fullmatch(one) for one in asked}
    numbers = {
        one: float(match["first"] or match["last"])
        for one, match in found.items()
        if match is not None
    }
    if len(numbers) < len(asked) or len(set(numbers.values())) < len(numbers):
        return None
    return _of_numbers(asked, numbers)


def _bare(answer: str) -> str:
    return re.sub(r"[\s。.！!]+", " ", answer).strip().casefold()


@dataclass(frozen=True)
class YesNo:
    """A column that says yes or no."""

    yes: tuple[str, ...]
    no: tuple[str, ...]
    answered: int
    missing: tuple[str, ...] = ()
    not_applicable: tuple[str, ...] = ()


def passed_or_failed(answers: YesNo) -> bool:
    """Whether yes and no are said as passed and failed.

    >>> passed_or_failed(YesNo(("Pass",), ("Fail",), 9)), passed_or_failed(YesNo(("Y",), ("N",), 9))
    (True, False)
    """
    said = {one.casefold() for one in (*answers.yes, *answers.no)}
    return said <= PASSED | FAILED


def yes_no_of(column: Column) -> YesNo | None:
    """How a column says yes and no, or None where it does not."""
    answers = column.answers
    outside = tuple(one for one in answers if one.casefold() in NOT_APPLICABLE)
    asked = [one for one in answers if one not in outside]
    yes = tuple(one for one in asked if one.casefold() in YES)
    no = tuple(one for one in asked if one.casefold() in NO)
    if not yes or not no or len(yes) + len(no) != len(asked) or column.capped:
        return None
    return YesNo(yes, no, sum(answers[one] for one in (*yes, *no)), column.marks, outside)
