"""Drawing the pictures of docs/explanation/verdicts.md, with the marks and colours of the reports.

Each function turns the numbers of one picture into panels; ``wide`` ones are for a page, the others
for a phone. What a colour says is also said by a shape, a dash or a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import log10
from typing import Any

from picture_marks import (
    ROW,
    WIDTHS,
    Numbers,
    Said,
    dot,
    kept_apart,
    pathway,
    phrase,
    row_label,
    said,
    signed_ticks,
    upright,
)

from loopqa.report import theme
from loopqa.report.charts.lettering import tidy_ticks
from loopqa.report.charts.marks import (
    Frame,
    Layer,
    Rows,
    boxes,
    grid,
    line,
    panel,
    points,
    rules,
    words,
)

_BEFORE, _LATER = ("before", "之前"), ("three months later", "三个月后")
_PHONE, _OTHERS = ("phone", "电话"), ("the others", "其他渠道")
_IDLE = ("did nothing", "无效")
_WORKED = ("worked", "有效")
_ACTION_IDLE = ("the action did nothing", "措施无效")
_ACTION_WORKED = ("the action worked", "措施有效")
_START = ("start", "开始")
_IMPROVED, _WORSENED = ("▲ improved", "▲ 改善"), ("▼ worsened", "▼ 恶化")
_SAME = ("= no change", "= 无实质变化")
_OPEN = ("? inconclusive", "? 尚无定论")


def unhappy(data: Numbers, language: str, *, wide: bool) -> Layer:
    """Columns: answers before (hollow) and later (filled), by rating."""
    most = max(*data["before"], *data["after"]) * 1.15
    ticks = {float(level): str(level) for level in range(1, 6)}
    width = WIDTHS[wide] - 40
    frame = Frame(width, 190, (0.5, 5.5), ticks, y=(0, most), grid=False)
    hollow = boxes(frame, _columns(data["before"], -0.40, -0.03, theme.BEFORE))
    hollow["mark"] |= {"fill": theme.PAPER, "stroke": theme.BEFORE, "strokeWidth": 2}
    filled = boxes(frame, _columns(data["after"], 0.03, 0.40, theme.BLUE))
    tops = _tops(data["before"], -0.215, theme.MUTED) + _tops(data["after"], 0.215, theme.BLUE)
    key = [
        phrase(3.0, most * 0.97, f"□ {said(_BEFORE, language)}", theme.MUTED),
        phrase(3.0, most * 0.86, f"■ {said(_LATER, language)}", theme.BLUE),
    ]
    return panel(
        frame,
        [
            hollow,
            filled,
            words(frame, tops, align="center", dy=-9),
            words(frame, key, fontWeight="bold"),
        ],
    )


def _columns(counts: Sequence[int], left: float, right: float, colour: str) -> Rows:
    return [
        {"x": level + left, "x2": level + right, "y": 0, "y2": n, "colour": colour}
        for level, n in enumerate(counts, start=1)
        if n
    ]


def _tops(counts: Sequence[int], shift: float, colour: str) -> Rows:
    return [phrase(level + shift, n, str(n), colour) for level, n in enumerate(counts, 1) if n]


def lowest(data: Numbers, language: str, *, wide: bool) -> Layer:
    """Fifteen cells in order: hollow before, filled later."""
    before, after = data["before"], data["after"]
    ends = {1.0: said(("lowest", "最低"), language), 15.0: said(("highest", "最高"), language)}
    low, high = min(before) - 0.15, max(before) + 0.15
    frame = Frame(
        WIDTHS[wide] - 64,
        200,
        (-1.2 if wide else -2.2, 15.6),
        ends,
        y=(low, high),
        y_ticks=tidy_ticks(low, high, most=4),
        grid=False,
    )
    places = list(enumerate(zip(before, after, strict=True), start=1))
    colours = {at: theme.BLUE if at == 1 else theme.MUTED for at, _ in places}
    strokes = [
        {"x": at, "x2": at, "y": first, "y2": later, "colour": colours[at]}
        for at, (first, later) in places
    ]
    first = [dot(at, pair[0], colours[at]) for at, pair in places]
    later = [dot(at, pair[1], colours[at]) for at, pair in places]
    named = [
        phrase(1, before[0], f"{before[0]:.2f}", theme.INK),
        phrase(1, after[0], f"{after[0]:.2f}", theme.INK),
    ]
    key = [
        phrase(15.4, low + 0.20, f"○ {said(_BEFORE, language)}", theme.MUTED),
        phrase(15.4, low + 0.06, f"● {said(_LATER, language)}", theme.INK),
    ]
    return panel(
        frame,
        [
            rules(frame, strokes, width=2),
            points(frame, first, hollow=True),
            points(frame, later, size=100),
            words(frame, named, align="right", dx=-11, fontWeight="bold"),
            words(frame, key, align="right"),
        ],
    )


def season(data: Numbers, language: str, *, wide: bool) -> Layer:
    """Two panels: the action does nothing, the action works; phone solid, the others dashed."""
    panels = [
        _lines(data["months"], data["nothing"], said(_ACTION_IDLE, language), language, wide),
        _lines(data["months"], data["works"], said(_ACTION_WORKED, language), language, wide),
    ]
    return grid(panels, 2 if wide else 1)


def _lines(months: Sequence[int], levels: Numbers, title: str, language: str, wide: bool) -> Layer:
    width = ((WIDTHS[True] - 20) / 2 if wide else WIDTHS[False]) - 164
    ticks = {-8.0: "−8", 0.0: said(_START, language), 3.0: "+3"}
    frame = Frame(
        width,
        150,
        (-8, 3),
        ticks,
        y=(2.4, 4.0),
        y_ticks=tidy_ticks(2.4, 4.0, most=4),
        grid=False,
        title=title,
    )
    phone, others = levels["phone"], levels["others"]
    dashed = line(frame, pathway(months, others), colour=theme.MUTED)
    dashed["mark"] |= {"strokeDash": [5, 4]}
    dots = [dot(at, value, theme.MUTED) for at, value in zip(months, others, strict=True)]
    marks = [
        {**dot(at, value, theme.BLUE), "shape": "triangle-up"}
        for at, value in zip(months, phone, strict=True)
    ]
    start = {"x": 0, "x2": 0, "y": 2.4, "y2": 4.0, "colour": theme.LINE}
    gap = {"x": 3, "x2": 3, "y": phone[-1], "y2": others[-1], "colour": theme.INK}
    ends = kept_apart(
        [
            phrase(3, phone[-1], f"{phone[-1]:.2f} {said(_PHONE, language)}", theme.BLUE),
            phrase(3, others[-1], f"{others[-1]:.2f} {said(_OTHERS, language)}", theme.MUTED),
        ],
        0.17,
    )
    return panel(
        frame,
        [
            rules(frame, [start], width=2),
            dashed,
            line(frame, pathway(months, phone), colour=theme.BLUE),
            points(frame, dots, size=40, hollow=True),
            points(frame, marks, size=50),
            rules(frame, [gap], width=1.5, strokeDash=[2, 2]),
            words(frame, ends, dx=9, fontWeight="bold"),
        ],
    )


def teams(data: Numbers, language: str, *, wide: bool) -> Layer:
    """How far every team moved, and the mean of each arm as an upright stroke."""
    label = 150 if wide else 104
    rows = (
        (("4 phone teams", "电话 4 个班组"), data["phone"], theme.BLUE, "triangle-up"),
        (("8 other teams", "其他 8 个班组"), data["others"], theme.MUTED, "circle"),
    )
    reach = 0.7
    width = WIDTHS[wide] - label - 16
    frame = Frame(width, 2 * ROW + 10, (-reach, reach), signed_ticks(reach), grid=False)
    layers = [rules(frame, [upright(0, 0, frame.height, theme.LINE)], width=1.5)]
    for at, (name, moved, colour, shape) in enumerate(rows):
        y = 5 + at * ROW + ROW / 2
        middle = sum(moved) / len(moved)
        dots = [{**dot(value, y, colour), "shape": shape} for value in moved]
        layers += [
            rules(frame, [upright(middle, y - 15, y + 15, theme.INK)], width=3),
            points(frame, dots, size=80, hollow=shape == "circle"),
            words(frame, row_label(name, language, y, label), at=-label),
        ]
    return panel(frame, layers)


def history(data: Numbers, language: str, *, wide: bool) -> Layer:
    """The gap month by month, the range it had by itself, and two follow-ups."""
    gaps = data["gaps"]
    low, high = min(*gaps, data["nothing"]) - 0.15, max(*gaps, data["works"]) + 0.15
    ticks = {-8.0: "−8", -1.0: "−1", 3.0: "+3"}
    ends = 112
    frame = Frame(
        WIDTHS[wide] - ends - 40,
        190,
        (-8.5, 3.2),
        ticks,
        y=(low, high),
        y_ticks=signed_ticks(1.0),
        grid=False,
    )
    band = {"x": -8.5, "x2": 3.2, "y": min(gaps), "y2": max(gaps), "colour": theme.BAND}
    zero = {"x": -8.5, "x2": 3.2, "y": 0, "y2": 0, "colour": theme.LINE}
    pairs = zip(data["months"], gaps, strict=True)
    before = [dot(at, value, theme.BEFORE) for at, value in pairs]
    after = [
        dot(3, data["nothing"], theme.MUTED),
        {**dot(3, data["works"], theme.BLUE), "shape": "triangle-up"},
    ]
    named = [
        phrase(3, data["works"], said(_WORKED, language), theme.BLUE),
        phrase(3, data["nothing"], said(_IDLE, language), theme.MUTED),
    ]
    own = said(("moves by itself", "自身波动范围"), language)
    return panel(
        frame,
        [
            boxes(frame, [band]),
            rules(frame, [zero], width=1.5),
            points(frame, before, size=70, hollow=True),
            points(frame, after, size=110),
            words(frame, named, dx=12, fontWeight="bold"),
            words(frame, [phrase(-8.3, min(gaps) + 0.08, own, theme.MUTED)]),
        ],
    )


def verdicts(data: Numbers, language: str, *, wide: bool) -> Layer:
    """Four intervals over the grey band of changes too small to matter."""
    kinds = (
        ("improved", _IMPROVED, theme.BLUE, "triangle-up"),
        ("worsened", _WORSENED, theme.ORANGE, "triangle-down"),
        ("no_change", _SAME, theme.MUTED, "square"),
        ("inconclusive", _OPEN, theme.MUTED, "circle"),
    )
    label = 124 if wide else 100
    reach = 1.12 * max(abs(one[end]) for one in data.values() for end in ("low", "high"))
    height = len(kinds) * ROW
    frame = Frame(
        WIDTHS[wide] - label - 16, height, (-reach, reach), signed_ticks(reach), grid=False
    )
    band = {"x": -0.25, "x2": 0.25, "y": 0, "y2": height, "colour": theme.BAND}
    layers = [
        boxes(frame, [band]),
        rules(frame, [upright(0, 0, height, theme.MUTED)], width=1),
    ]
    for at, (key, name, colour, shape) in enumerate(kinds):
        y, one = at * ROW + ROW / 2, data[key]
        bar = {"x": one["low"], "x2": one["high"], "y": y, "y2": y, "colour": colour}
        mark = {**dot(one["estimate"], y, colour), "shape": shape}
        layers += [
            rules(frame, [bar], width=2.5),
            points(frame, [mark], size=100, hollow=key == "inconclusive"),
            words(
                frame, [phrase(0, y, said(name, language), colour)], at=-label, fontWeight="bold"
            ),
        ]
    return panel(frame, layers)


_PRACTICES: Mapping[str, Said] = {
    "mean": ("the mean went up", "均值上升即改善"),
    "t-test": ("t-test", "t 检验"),
    "rank test": ("rank test", "秩检验"),
    "plain difference in differences": ("plain comparison", "简单对照"),
    "LoopQA": ("LoopQA", "LoopQA"),
}


def practices(data: Numbers, language: str, *, wide: bool) -> Layer:
    """Bars: how often *improved* was said though nothing was done."""
    label = 150 if wide else 112
    height = len(data["rows"]) * ROW
    ticks = {0.0: "0", 0.05: "5", 0.5: "50", 1.0: "100%"}
    frame = Frame(WIDTHS[wide] - label - 16, height, (0, 1), ticks, grid=False)
    layers = [rules(frame, [upright(data["promised"], 0, height, theme.INK)], strokeDash=[4, 3])]
    for at, row in enumerate(data["rows"]):
        y, colour = at * ROW + ROW / 2, theme.BLUE if row["name"] == "LoopQA" else theme.BEFORE
        bar = {"x": 0, "x2": row["improved"], "y": y - 10, "y2": y + 10, "colour": colour}
        value = phrase(max(row["improved"], 0.05), y, f"{100 * row['improved']:.0f}%", theme.INK)
        name = _PRACTICES.get(row["name"], (row["name"], row["name"]))
        layers += [
            boxes(frame, [bar]),
            words(frame, [value], dx=7, fontWeight="bold"),
            words(frame, row_label(name, language, y, label), at=-label),
        ]
    return panel(frame, layers)


def answers(data: Numbers, language: str, *, wide: bool) -> Layer:
    """Lines: the smallest improvement that is seen, by answers a month on a logarithmic axis."""
    kinds = (
        ("history", ("history only", "只有历史"), theme.BEFORE, [5, 4], "circle"),
        ("comparison", ("comparison only", "只有对照"), theme.ORANGE, [2, 3], "square"),
        ("both", ("comparison + history", "对照＋历史"), theme.BLUE, [], "triangle-up"),
    )
    asked = data["per_month"]
    ticks = {round(log10(n), 6): f"{n:,}" for n in (30, 100, 300, 1000, 3000)}
    ends = 150 if wide else 12
    high = 1.3
    frame = Frame(
        WIDTHS[wide] - ends - 48,
        200,
        (log10(asked[0]) - 0.02, log10(asked[-1])),
        ticks,
        y=(0, high),
        y_ticks=tidy_ticks(0, high, most=6),
        grid=False,
    )
    places = [log10(n) for n in asked]
    layers, named = [], []
    for key, name, colour, dash, shape in kinds:
        path = line(frame, pathway(places, data[key]), colour=colour)
        path["mark"] |= {"strokeDash": dash} if dash else {}
        dots = [
            {**dot(at, value, colour), "shape": shape}
            for at, value in zip(places, data[key], strict=True)
        ]
        layers += [path, points(frame, dots, size=36, hollow=shape == "circle")]
        ink = theme.MUTED if colour == theme.BEFORE else colour
        named.append(phrase(places[-1], data[key][-1], said(name, language), ink))
    if wide:
        layers.append(words(frame, kept_apart(named, 0.1), dx=9, fontWeight="bold"))
    else:
        layers += _key(frame, kinds, language, high)
    return panel(frame, layers)


def _key(frame: Frame, kinds: Iterable[Any], language: str, high: float) -> list[Layer]:
    """Names at the upper right, each behind its mark, where lines end at the edge."""
    left, layers = frame.width - 138, []
    span = frame.x[1] - frame.x[0]
    for at, (_, name, colour, _, shape) in enumerate(kinds):
        y = high * (0.96 - 0.1 * at)
        mark = {**dot(frame.x[0] + span * (left - 10) / frame.width, y, colour), "shape": shape}
        ink = theme.MUTED if colour == theme.BEFORE else colour
        layers += [
            points(frame, [mark], size=36, hollow=shape == "circle"),
            words(frame, [phrase(0, y, said(name, language), ink)], at=left, fontWeight="bold"),
        ]
    return layers


CHARTS = {
    "unhappy": unhappy,
    "lowest": lowest,
    "season": season,
    "teams": teams,
    "history": history,
    "verdicts": verdicts,
    "practices": practices,
    "answers": answers,
}
