"""What stands beside the verdicts on the page: low scorers, response, dimensions nobody named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from loopqa.report.content import content
from loopqa.report.html import render
from loopqa.report.report_input import ReportInput


def with_recovery(source: ReportInput, n: int) -> ReportInput:
    """The same report, with so many low scorers."""
    first, *others = source.verdicts
    assert first.judgement.recovery is not None
    told = replace(first.judgement.recovery, n=n)
    changed = replace(first, judgement=replace(first.judgement, recovery=told))
    return replace(source, verdicts=(changed, *others))


def test_low_scorers_stand_apart_with_the_gain_from_doing_nothing(rich: ReportInput) -> None:
    table = content(rich).recovery
    assert table is not None
    ((*names, n, before, after, gain, nothing, beyond),) = (
        [cell.words.render("en") for cell in row.cells] for row in table.rows
    )
    assert names == ["A-7", "Communication with the customer"]
    assert (n, before, after, gain) == ("41", "1.62", "2.49", "+0.87")
    assert nothing == "+0.43 to +1.14"
    assert beyond == "+0.08"
    assert "never part of a verdict" in table.notes[0].render("en")
    assert "它不参与判定" in table.notes[0].render("zh")


@pytest.mark.parametrize(("language", "heading"), [("en", "Service recovery"), ("zh", "服务补救")])
def test_the_page_has_the_section_only_where_somebody_answered_again(
    rich: ReportInput, language: str, heading: str
) -> None:
    part = f'<h3 class="part">{heading}</h3>'
    assert part in render(content(rich), language)
    without = replace(rich, verdicts=rich.verdicts[1:])
    assert part not in render(content(without), language)


def test_few_low_scorers_are_not_shown(rich: ReportInput) -> None:
    table = content(with_recovery(rich, 4)).recovery
    assert table is not None
    words = [cell.words.render("en") for cell in table.rows[0].cells]
    assert words[2:] == ["n under 5", *["not shown"] * 5]


def test_a_card_says_what_was_found_how_sure_who_answered_and_what_else_moved(
    rich: ReportInput,
) -> None:
    card = next(one for one in content(rich).verdicts if one.ref == "V-1")
    facts = {name.render("en"): value.render("en") for name, value in card.facts}
    assert facts["Found"] == "the action improved this"
    assert facts["How sure"] == "at most 5 of 100"
    assert facts["Also moved"] == "none of 1 other dimensions beyond chance"
    rates = "33.8% of 420 invited before, 31.8% of 400 after"
    assert facts["Response"] == f"{rates}; in the comparison {rates}"


def test_dimensions_nobody_named_stand_in_a_table_of_their_own(rich: ReportInput) -> None:
    shown = content(rich)
    assert "V-2" not in {card.ref for card in shown.verdicts}
    assert shown.secondary is not None
    assert [row.cells[1].words.render("en") for row in shown.secondary.rows] == ["Responsiveness"]
