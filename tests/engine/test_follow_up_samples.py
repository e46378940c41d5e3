"""Reviews of the window by which an action is judged: drawn in time, or told to be unweighted."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from loopqa.cli.root import run
from loopqa.engine.improve import ActionDraft, close_action, open_action, start_action
from loopqa.engine.run import run_workflow
from loopqa.engine.tick import TickReport, tick
from loopqa.model.cycle import Verdict
from loopqa.model.window import Window
from tests.engine.reviewed_desk import ReviewedDesk, build

UNSAMPLED = (
    "the reviews of input 'reviews' were made before a sample was drawn: "
    "they count as they came, without weights"
)
DECEMBER = Window.parse("2026-12-01..2026-12-31")


def bad(_: str, kind: str) -> int:
    """What every reviewer says of September."""
    return 2 if kind == "complaint" else 4


@pytest.fixture
def desk(tmp_path: Path) -> ReviewedDesk:
    """The complaints of September led to an action; December will tell what it was worth."""
    made = build(tmp_path)
    lists = [made.draw("2026-10-02", "09.csv")]
    made.review(lists, bad)
    with made.on("2026-10-05") as ws:
        report = run_workflow(ws, "desk")
        finding = next(one for one in report.opened if one.scope)
        action = open_action(ws, ActionDraft((finding.id,), "Coach", owner="li"))
        start_action(ws, action.id)
    with made.on("2026-10-31") as ws:
        close_action(ws, action.id, evidence="done")
    made.open_tickets(date(2026, 12, 1), {"complaint": 300, "enquiry": 300})
    return made


def ticked(desk: ReviewedDesk, day: str) -> TickReport:
    """The clock ticks on a day."""
    with desk.on(day) as ws:
        return tick(ws)


def verdict_of(desk: ReviewedDesk) -> Verdict:
    """The only verdict that decides."""
    with desk.on("2027-02-01") as ws, ws.reading() as reader:
        return next(one for one in reader.verdicts() if one.judgement.primary)


def told(done: TickReport) -> list[str]:
    return [one.render("en") for one in done.warnings]


def test_a_window_that_settles_gets_its_sample_when_it_is_over(desk: ReviewedDesk) -> None:
    desk.change("window: {previous: month}", "window: {previous: month, settle: 10 days}")
    ticked(desk, "2026-12-05")
    early = ticked(desk, "2026-12-31")
    assert early.drawings == ()
    (drawing,) = ticked(desk, "2027-01-01").drawings
    assert (drawing.sample.window, drawing.sample.population) == (DECEMBER, 600)
    assert ticked(desk, "2027-01-02").drawings == ()
    with desk.on("2027-01-02") as ws:
        from_there = desk.draw("2027-01-02", "12.csv")
        with ws.reading() as reader:
            assert len(reader.samples("desk", DECEMBER)) == 1
    desk.review([desk.root / "09.csv", from_there], lambda case, kind: 4)
    done = ticked(desk, "2027-01-11")
    assert (len(done.verdicts), told(done)) == (1, [])
    assert UNSAMPLED not in map(str, verdict_of(desk).judgement.assumptions)


def test_reviews_without_a_sample_are_told_of_in_the_verdict_and_the_sample_drawn_then(
    desk: ReviewedDesk,
) -> None:
    picked = [[f"T12-complaint-{n:04d}", "2026-12-05", "complaint", "4"] for n in range(60)]
    desk.review([desk.root / "09.csv"], bad, picked)
    done = ticked(desk, "2027-01-02")
    assert told(done) == [UNSAMPLED]
    assert [one.sample.window for one in done.drawings] == [DECEMBER]
    verdict = verdict_of(desk)
    assert verdict.judgement.after.n == 60
    assert [one.render("en") for one in verdict.judgement.assumptions][-1] == UNSAMPLED
    document = done.to_dict()
    assert document["warnings"] == [UNSAMPLED]
    assert [one["window"] for one in document["samples"]] == [str(DECEMBER)]


def test_reviews_that_are_missing_are_told_when_the_window_is_compared(desk: ReviewedDesk) -> None:
    filled = desk.draw("2027-01-01", "12.csv")
    left = iter(range(1000))
    desk.review(
        [desk.root / "09.csv", filled],
        lambda case, kind: 4 if case < "T12" or next(left) % 2 else None,
    )
    assert "of 60 drawn cases are reviewed" in told(ticked(desk, "2027-01-02"))[1]


def test_a_population_that_can_not_be_read_holds_no_clock_up(desk: ReviewedDesk) -> None:
    desk.change("window: {previous: month}", "window: {previous: month, settle: 10 days}")
    ticked(desk, "2026-12-05")
    (desk.root / "data" / "tickets.csv").write_text("ticket,caller,opened,issue,wait\n")
    done = ticked(desk, "2027-01-02")
    assert done.drawings == ()
    assert told(done)[0].startswith("no sample was drawn: input 'tickets' has no case")


def test_the_command_says_what_it_drew_and_what_is_missing(
    desk: ReviewedDesk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.change("window: {previous: month}", "window: {previous: month, settle: 10 days}")
    monkeypatch.chdir(desk.root)
    said = []
    for day in ("2026-12-05", "2027-01-02", "2027-01-11"):
        monkeypatch.setenv("LOOPQA_NOW", day)
        assert run(["tick"]) == 0
        said.append(capsys.readouterr())
    assert said[1].out == (
        "window 2026-12-01..2026-12-31 of R-1 of A-1 is over: "
        "see that its data are there by 2027-01-11\n"
        "S-2 desk 2026-12-01..2026-12-31: 60 of 600 cases are to be reviewed\n"
    )
    assert said[1].err == "the reviewers' list: loopqa sample show S-2 --out cases.xlsx\n"
    assert "warning: 0 of 60 drawn cases are reviewed\n" in said[2].err
