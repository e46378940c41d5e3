"""Sections of plugins at the end of the report."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from markupsafe import Markup

from loopqa.language import Text, text
from loopqa.model.workflow import PluginSpec
from loopqa.plugin import Options, Page, ReportContext, ReportSection, builtin_host
from loopqa.report.content import content
from loopqa.report.html import render
from loopqa.report.report_input import ReportInput
from loopqa.report.sections import Opened, seen_by


class Told(ReportSection):
    """A section that returns what a test wants."""

    type = "told"
    summary = text("x", zh="x")
    title = text("What {we} <saw>", zh="所见 <一>", we="we")
    Config = Options
    told: Any = None

    def html(self, report: ReportContext, page: Page) -> Any:
        found = type(self).told
        return found(report, page) if callable(found) else found


NOTED: list[Text] = []


def page(source: ReportInput, told: Any, language: str = "en") -> str:
    """The page with one section that returns ``told``."""
    kind = type("Own", (Told,), {"told": staticmethod(told) if callable(told) else told})
    one = Opened("told", lambda: kind(Options()), seen_by(source), NOTED.append)
    return render(content(source), language, (one,))


def whole(html: str) -> bool:
    return html.rstrip().endswith("</html>") and 'id="actions"' in html and "<footer>" in html


def test_a_section_stands_behind_the_actions_with_its_number(rich: ReportInput) -> None:
    made = page(rich, Markup("<p>seen</p>"))
    assert "<h2><span>6</span> What we &lt;saw&gt;</h2>\n<p>seen</p>" in made
    assert whole(made)


def test_it_speaks_the_language_of_the_page(rich: ReportInput) -> None:
    made = page(rich, lambda _, it: it.paragraph(text("yes", zh="是")), "zh")
    assert "所见 &lt;一&gt;</h2>\n<p>是</p>" in made


def test_one_that_has_nothing_to_tell_leaves_no_heading(rich: ReportInput) -> None:
    assert page(rich, None) == render(content(rich), "en")


def test_plain_words_are_escaped(rich: ReportInput) -> None:
    assert "<p>&lt;b&gt; &amp; co {x}</p>" in page(rich, "<b> & co {x}")


def test_tables_and_facts_look_like_the_reports_own(rich: ReportInput) -> None:
    def told(report: ReportContext, it: Page) -> Markup:
        table = it.table(
            text("By {x}", zh="x", x="<team>"),
            [text("Team", zh="队"), text("n", zh="n")],
            [["<T1>", 3], ["T2", None]],
            numbers=[1],
            notes=[text("a note", zh="注")],
        )
        return table + it.facts(
            [("who", "<li>"), (text("when", zh="时"), report.today.isoformat())]
        )

    made = page(rich, told)
    assert "<caption>By &lt;team&gt;</caption>" in made
    assert '<td class="number"><span>3</span></td>' in made
    assert '<td class="number"><span>—</span></td>' in made
    assert '<p class="small">a note</p>' in made
    assert f"<dt>who</dt><dd>&lt;li&gt;</dd></div>\n<div><dt>when</dt><dd>{rich.today}" in made


def raising(*_: Any) -> Any:
    raise RuntimeError("<oh>")


def leaving(*_: Any) -> Any:
    raise SystemExit(3)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (raising, "RuntimeError at test_sections.py:"),
        (leaving, "SystemExit at test_sections.py:"),
        (7, "it returned no text, but int"),
        (Markup("<div></main>"), "&lt;/main&gt; closes nothing"),
        (Markup("<script>x</script>"), "&lt;script&gt; may not stand in a report"),
        (lambda _, it: it.table(text("x"), [], [["a"]]), "UndefinedError at "),
    ],
)
def test_one_that_fails_is_marked_and_the_rest_is_whole(
    rich: ReportInput, told: Any, why: str
) -> None:
    made = page(rich, told)
    assert "! The section &#39;told&#39; could not be made: " in made
    assert why in made
    assert whole(made)


def test_one_that_cannot_be_made_is_marked_in_both_languages(rich: ReportInput) -> None:
    spec = PluginSpec("questionnair")
    made = partial(builtin_host().make_report_section, spec)
    one = Opened(spec.type, made, seen_by(rich), NOTED.append)
    for language, said in (("en", "could not be made"), ("zh", "未能生成")):
        made = render(content(rich), language, (one,))
        assert said in made
        assert whole(made)


def builtin(source: ReportInput, type_: str, language: str = "en", **options: Any) -> str:
    spec = PluginSpec(type_, options)
    made = partial(builtin_host().make_report_section, spec)
    one = Opened(type_, made, seen_by(source), NOTED.append)
    return render(content(source), language, (one,))


def test_the_sign_off_has_a_line_for_each_role(rich: ReportInput) -> None:
    rule = replace(rich.workflow.report, sign_off=("service_head", "works_council"))
    signed = replace(rich, workflow=replace(rich.workflow, report=rule))
    made = builtin(signed, "sign_off")
    assert "<h2><span>6</span> Sign-off</h2>" in made
    assert "head of service" in made
    assert "works council" in made
    assert "客服负责人" in builtin(signed, "sign_off", "zh")
    assert "owner" in builtin(signed, "sign_off", roles=["owner"])
    assert "Sign-off" not in builtin(rich, "sign_off")


def test_the_questionnaire_lists_what_was_asked_in_the_language_of_the_page(
    rich: ReportInput,
) -> None:
    made = builtin(rich, "questionnaire")
    assert "Questionnaire</h2>" in made
    assert "Scale: 1 very dissatisfied; 2 dissatisfied;" in made
    assert "量表：1 非常不满意; 2 不满意" in builtin(rich, "questionnaire", "zh")
    assert "Questionnaire" not in builtin(rich, "questionnaire", rater="nobody")
