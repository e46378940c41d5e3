"""What the report shows of the analyses: slices, the matrix, and control limits in the trend."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from loopqa.language import text
from loopqa.model.analysis import Analysis, Insight, Lead
from loopqa.report.blocks import ImportancePlot, TrendPlot
from loopqa.report.charts.free_places import Box, free_places
from loopqa.report.content import content
from loopqa.report.html import render
from loopqa.report.report_input import ReportInput
from tests.report.conftest import NINE, NOW, TITLES, card, document, plain_input, rated, wave


def kept(insight: Insight, analyser: str, finding: int | None = None) -> Analysis:
    return Analysis(1, 9, finding, 0, analyser, insight, NOW)


SLICES = Insight(
    text("seen in {found} of {tested} slices tested", found=3, tested=40),
    (
        Lead(
            text("where"),
            (("channel", ("phone",)),),
            figures={"n": 120, "mean": 2.4, "rest": 3.2, "shrunk": 2.5, "contribution": 0.21},
        ),
    ),
    (text("at most about one in ten of those named can be there by chance"),),
    {"tested": 40, "found": 3, "skipped": 0},
)


def driver(name: str, share: float, score: float | None, **more: float | None) -> Lead:
    figures = {
        "share": share, "low": share - 0.03, "high": share + 0.03, "rank": 1,
        "score": score, "score_low": score and score - 0.1, "score_high": score and score + 0.1,
        "aim": 3.5,
    }  # fmt: skip
    return Lead(text("of its own"), dimension=name, figures={**figures, **more})


def drivers(*leads: Lead, dimension: str | None = None) -> Analysis:
    figures = {"n": 480, "r2": 0.42, "equal": 1 / max(len(leads), 1)}
    return kept(Insight(text("leads"), leads, (), figures, dimension), "drivers")


FOUR = (
    driver("communication", 0.45, 2.7),
    driver("resolution", 0.30, 4.0),
    driver("compliance", 0.15, 3.0),
    driver("professionalism", 0.10, 4.2),
)


def shown(source: ReportInput) -> ImportancePlot:
    view = content(source).drivers
    assert view is not None
    assert view.figure is not None
    assert isinstance(view.figure.plot, ImportancePlot)
    return view.figure.plot


def test_the_slices_of_a_finding_stand_in_its_card(rich: ReportInput) -> None:
    source = replace(rich, analyses=(kept(SLICES, "slices", 12),))
    cards = {card.ref: card for card in content(source).findings}
    (insight,) = cards["F-12"].insights
    assert cards["F-13"].insights == ()
    assert insight.text.render("en") == "seen in 3 of 40 slices tested"
    assert insight.table is not None
    (row,) = insight.table.rows
    assert [cell.words.render("en") for cell in row.cells] == [
        "channel = phone", "120", "2.40", "3.20", "2.50", "0.21",
    ]  # fmt: skip
    assert "在所检验的 40 个切片中，有 3 个出现此问题" in render(content(source), "zh")


def test_what_a_table_of_slices_means_is_told_once_below_all_findings(rich: ReportInput) -> None:
    twice = (kept(SLICES, "slices", 12), kept(SLICES, "slices", 13))
    page = render(content(replace(rich, analyses=twice)), "en")
    assert page.count("seen in 3 of 40 slices tested") == 2
    assert page.count("Shrunk mean: pulled towards") == 1
    assert "of those named" not in page
    assert "Shrunk mean: pulled towards" not in render(content(rich), "en")


def test_nothing_is_told_of_a_group_too_small_to_be_shown(rich: ReportInput) -> None:
    source = replace(rich, analyses=(kept(SLICES, "slices", 14),))
    assert all(card.insights == () for card in content(source).findings)


def test_an_analysis_that_had_nothing_to_look_into_is_left_out(rich: ReportInput) -> None:
    source = replace(rich, analyses=(kept(Insight(text("where")), "slices", 12),))
    assert all(card.insights == () for card in content(source).findings)


def test_other_analysers_speak_for_themselves(rich: ReportInput) -> None:
    own = Insight(text("{words}", words="Mostly Mondays"), (Lead(text("{day}", day="Monday")),))
    source = replace(rich, analyses=(kept(own, "weekdays", 12),))
    page = render(content(source), "en")
    assert "Mostly Mondays" in page
    assert "<li>Monday</li>" in page


def test_the_matrix_says_in_its_title_what_to_work_on(rich: ReportInput) -> None:
    source = replace(rich, analyses=(drivers(*FOUR),))
    figure = content(source).drivers.figure
    assert figure.title.render("en") == (
        "Goes along with the outcome and falls short: Communication with the customer"
    )
    assert "the composite" in figure.caption.render("en")
    assert "correlation, not cause" in figure.caption.render("en")
    marks = {point.label.render("en"): point.mark.word.render("en") for point in figure.plot.points}
    assert marks == {
        "Communication with the customer": "work on this first",
        "Problem resolution": "keep this up",
        "Process compliance": "falls short, but matters less",
        "Professionalism": "good enough",
    }


def test_a_border_case_is_hollow_and_said_to_be_one(rich: ReportInput) -> None:
    near = (driver("communication", 0.51, 2.7), driver("resolution", 0.49, 4.0))
    plot = shown(replace(rich, analyses=(drivers(*near),)))
    assert all(point.borderline for point in plot.points)
    view = content(replace(rich, analyses=(drivers(*near),))).drivers
    assert view.figure.title.render("en").startswith("May matter most")
    assert view.figure.table.rows[0].cells[-1].notes[0].render("en") == "borderline"


def test_the_cut_is_the_aim_and_distances_where_aims_differ(rich: ReportInput) -> None:
    alike = shown(replace(rich, analyses=(drivers(*FOUR),)))
    assert (alike.aim, alike.equal, alike.distances) == (3.5, 0.25, False)
    mixed = (*FOUR[:3], driver("professionalism", 0.10, 4.2, aim=4.0))
    plot = shown(replace(rich, analyses=(drivers(*mixed),)))
    assert (plot.aim, plot.distances) == (0.0, True)
    assert [round(point.height, 2) for point in plot.points] == [-0.8, 0.5, -0.5, 0.2]


def test_without_an_aim_there_is_a_table_and_no_matrix(rich: ReportInput) -> None:
    source = replace(
        rich,
        analyses=(drivers(*(replace(one, figures={**one.figures, "aim": None}) for one in FOUR)),),
    )
    view = content(source).drivers
    assert view.figure is None
    assert [cell.words.render("en") for cell in view.table.rows[0].cells][:3] == [
        "Communication with the customer", "=1", "45%",
    ]  # fmt: skip


def test_no_ranking_is_said_in_words(rich: ReportInput) -> None:
    none = kept(Insight(text("leads"), figures={"n": 120}), "drivers")
    view = content(replace(rich, analyses=(none,))).drivers
    assert (view.figure, view.table, view.text.render("en")) == (None, None, "leads")


def test_without_drivers_the_section_has_no_matrix(rich: ReportInput) -> None:
    assert content(rich).drivers is None
    assert "figure-importance" not in render(content(rich), "en")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_matrix_of_nine_dimensions_holds_real_text_and_a_table(language: str) -> None:
    names = tuple(TITLES)
    leads = [driver(name, 0.05 + 0.015 * at, 3.0 + 0.12 * at) for at, name in enumerate(names)]
    source = replace(
        plain_input(names, NINE), analyses=(drivers(*leads, dimension="responsiveness"),)
    )
    page = render(content(source), language)
    assert page.count('id="figure-importance-wide-title"') == 1
    assert 'id="figure-importance-table"' in page
    drawn = re.search(r'<svg[^>]*aria-labelledby="figure-importance-wide.*?</svg>', page, re.S)
    assert drawn is not None
    labels = set(re.findall(r"<text[^>]*>([^<]+)</text>", drawn[0]))
    assert sum(TITLES[name].in_language(language) in labels for name in names) >= 4


def test_names_in_the_matrix_never_cover_each_other() -> None:
    points = [(20.0 + 9 * at, 50.0 + 3 * (at % 4)) for at in range(12)]
    area = Box(0, 0, 300, 120)
    names = ["Responsiveness"] * 12
    placed = [place for place in free_places(points, names, area) if place is not None]
    assert 2 <= len(placed) < 12
    assert free_places([], [], area) == []


# control limits


def months(source: ReportInput, count: int) -> ReportInput:
    """The source with ``count`` earlier months in which the scores go up and down."""
    waves = []
    for back in range(count, 0, -1):
        year, month = divmod(2026 * 12 + 9 - back, 12)
        first = date(year, month + 1, 1)
        end = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        counts = (3, 9, 20 + 8 * (back % 2), 30, 10)
        scored = card([rated("responsiveness", counts)], 3.4 + 0.1 * (back % 2), 72)
        window = f"{first}..{date.fromordinal(end.toordinal() - 1)}"
        waves.append(wave(window, document(scored), id=100 + back))
    return replace(source, waves=tuple(waves))


def trend(source: ReportInput) -> TrendPlot:
    figure = content(source).trend
    assert figure is not None
    assert isinstance(figure.plot, TrendPlot)
    return figure.plot


def test_the_trend_has_control_limits_from_eight_earlier_windows_on(rich: ReportInput) -> None:
    assert trend(months(rich, 7)).panels[0].limits is None
    limits = trend(months(rich, 8)).panels[0].limits
    assert limits is not None
    assert (limits.windows, limits.provisional) == (8, True)
    assert limits.low < limits.centre < limits.high


def test_limits_are_no_longer_provisional_with_twenty_windows_behind_them(
    rich: ReportInput,
) -> None:
    source = months(rich, 30)
    plot = trend(source)
    assert len(plot.ticks) == 24
    assert plot.panels[0].limits is not None
    assert (plot.panels[0].limits.windows, plot.panels[0].limits.provisional) == (23, False)
    assert "provisional" not in content(source).trend.caption.render("en")


def test_provisional_limits_are_said_to_be_so_and_stand_in_the_table(rich: ReportInput) -> None:
    figure = content(months(rich, 12)).trend
    assert "They are provisional" in figure.caption.render("en")
    heads = [row.cells[0].words.render("en") for row in figure.table.rows[-3:]]
    assert heads == ["Upper control limit", "Lower control limit", "Windows behind the limits"]


def test_limits_end_at_the_scale(rich: ReportInput) -> None:
    for panel in trend(months(rich, 12)).panels:
        if panel.limits is not None:
            assert 1 <= panel.limits.low <= panel.limits.high <= 5


def _without_aim(lead: Lead) -> Lead:
    return replace(lead, figures={**lead.figures, "aim": None})
