"""Sections of plugins in the reports of a workspace."""

from __future__ import annotations

import pytest

from loopqa.engine.reports import make_report
from loopqa.engine.run import run_workflow
from loopqa.engine.status import status
from loopqa.errors import DefinitionError

OWN = """
from markupsafe import Markup

from loopqa.plugin import Options, ReportSection, hookimpl, text

class Config(Options):
    greeting: str = "hello"

class Greeting(ReportSection):
    type = "greeting"
    summary = text("a greeting", zh="问候")
    title = text("Greeting", zh="问候")
    Config = Config

    def html(self, report, page):
        if self.config.greeting == "fail":
            raise RuntimeError("no voice")
        if self.config.greeting == "run":
            return Markup("<script>greet()</script>")
        return page.paragraph(f"{self.config.greeting}, {report.workflow.id}")

@hookimpl
def loopqa_report_sections():
    return [Greeting]
"""


@pytest.fixture
def sectioned(desk):
    """Give the desk's workflow a report with these sections."""
    (desk.root / "plugins").mkdir()
    (desk.root / "plugins" / "greeting.py").write_text(OWN)
    file = desk.root / "workflows" / "desk-monthly.yaml"
    before = file.read_text()

    def put(report: str) -> None:
        file.write_text(f"{before}report: {report}\n")

    return put


def test_a_workspaces_own_section_is_in_its_reports(desk, sectioned):
    sectioned(
        "{languages: [en, zh], sign_off: [qa_lead],"
        " sections: [{type: greeting, greeting: hi}, questionnaire]}"
    )
    with desk.on("2026-10-02") as ws:
        run_workflow(ws, "desk-monthly")
        english, chinese = (path.read_text() for path in make_report(ws, "desk-monthly"))
    assert "Greeting</h2>\n<p>hi, desk-monthly</p>" in english
    assert "问候</h2>\n<p>hi, desk-monthly</p>" in chinese
    assert english.index("Greeting</h2>") < english.index("Questionnaire</h2>")
    assert english.index("Questionnaire</h2>") < english.index("Sign-off</h2>")


def test_a_section_that_fails_lets_the_run_and_its_report_be(desk, sectioned):
    sectioned("{sections: [{type: greeting, greeting: fail}]}")
    with desk.on("2026-10-02") as ws:
        done = run_workflow(ws, "desk-monthly")
    (report,) = done.reports
    told = "report section &#39;greeting&#39; failed: RuntimeError at greeting.py:17: no voice"
    assert f"could not be made: {told}" in report.read_text()
    assert done.opened


def test_status_tells_of_a_section_whose_page_is_unsafe_until_it_is_well(desk, sectioned):
    sectioned("{sections: [{type: greeting, greeting: run}]}")
    with desk.on("2026-10-02") as ws:
        run_workflow(ws, "desk-monthly")
        (told,) = status(ws).plugin_failures
    assert told.startswith("greeting: stopped when it was last used: ")
    assert "script" in told
    sectioned("{sections: [{type: greeting, greeting: hi}]}")
    with desk.on("2026-10-02") as ws:
        make_report(ws, "desk-monthly")
        assert status(ws).plugin_failures == ()


@pytest.mark.parametrize(
    ("report", "said"),
    [
        ("{sections: [greting]}", "did you mean 'greeting'?"),
        ("{sections: [{type: greeting, greting: x}]}", "unknown option 'greting'"),
    ],
)
def test_a_wrong_section_is_told_where_it_is_named(desk, sectioned, report, said):
    sectioned(report)
    with desk.on("2026-10-02") as ws, pytest.raises(DefinitionError) as caught:
        ws.workflow("desk-monthly")
    assert said in str(caught.value)
    assert "desk-monthly.yaml:15:" in str(caught.value)
