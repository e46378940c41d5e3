"""Samples for review: drawn once, handed out, read back, and weighted to all cases."""

from __future__ import annotations

import csv
import math
import threading
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from loopqa.engine.drawing import draw_sample, drawn_cases, named_sample
from loopqa.engine.improve import ActionDraft, close_action, open_action, start_action
from loopqa.engine.review_lists import export_list
from loopqa.engine.run import run_workflow
from loopqa.engine.tick import tick
from loopqa.errors import DataError, UnknownId, UsageError
from loopqa.model.window import Window
from tests.engine.reviewed_desk import ReviewedDesk, build, team_of

SEPTEMBER = Window.parse("2026-09-01..2026-09-30")


@pytest.fixture
def desk(tmp_path: Path) -> ReviewedDesk:
    return build(tmp_path)


def strict(_: str, kind: str) -> int:
    """What every reviewer would say: complaints 2, enquiries 4."""
    return 2 if kind == "complaint" else 4


def attitude(report):
    return next(one for one in report.wave.scores["dimensions"] if one["id"] == "attitude")


def warnings(report) -> list[str]:
    return [one.render("en") for one in report.warnings]


def test_a_sample_is_drawn_once_and_frozen_without_customers(desk):
    with desk.on("2026-10-02") as ws:
        first, again = draw_sample(ws, "desk"), draw_sample(ws, "desk")
        cases = drawn_cases(ws, first.sample)
        with ws.reading() as reader:
            assert reader.verify_audit() is None
            assert len(reader.samples("desk")) == 1
    assert (first.fresh, again.fresh) == (True, False)
    assert again.sample == first.sample
    assert first.sample.window == SEPTEMBER
    assert [(q.stratum, q.population, q.drawn) for q in first.sample.quotas] == [
        ("complaint", 100, 30),
        ("enquiry", 600, 60),
    ]
    assert "customer" not in cases.column_names
    evidence = b"".join(path.read_bytes() for path in desk.root.glob(".loopqa/**/*.parquet"))
    assert b"Jane Roe" not in evidence


def test_scores_of_reviews_are_those_of_all_cases(desk):
    """Complaints are a seventh of the cases and a third of the sample."""
    filled = desk.draw("2026-10-02", "list.csv")
    desk.review([filled], strict)
    with desk.on("2026-10-05") as ws:
        report = run_workflow(ws, "desk")
    found = attitude(report)
    assert found["score"] == pytest.approx((100 * 2 + 600 * 4) / 700)
    assert found["n"] == 90
    assert found["effective_n"] == pytest.approx(700**2 / (100**2 / 30 + 600**2 / 60))
    assert warnings(report) == []
    # The tickets themselves are no sample: their dimension is counted as before.
    speed = next(one for one in report.wave.scores["dimensions"] if one["id"] == "speed")
    assert (speed["n"], speed["score"], speed.get("effective_n")) == (700, 4.0, None)


def test_the_interval_of_a_run_is_cochran_s(desk):
    filled = desk.draw("2026-10-02", "list.csv")
    marks: dict[str, list[int]] = {"complaint": [], "enquiry": []}

    def judge(case: str, kind: str) -> int:
        mark = 1 + (int(case[-4:]) * 7 + len(kind)) % 5
        marks[kind].append(mark)
        return mark

    desk.review([filled], judge)
    with desk.on("2026-10-05") as ws:
        found = attitude(run_workflow(ws, "desk"))
    sizes = {"complaint": 100, "enquiry": 600}
    parts = {
        kind: (sizes[kind] / 700) ** 2 * (1 - len(of) / sizes[kind]) * np.var(of, ddof=1) / len(of)
        for kind, of in marks.items()
    }
    mean = sum(sizes[kind] / 700 * np.mean(of) for kind, of in marks.items())
    df = sum(parts.values()) ** 2 / sum(p**2 / (len(marks[k]) - 1) for k, p in parts.items())
    half = stats.t.ppf(0.975, df) * math.sqrt(sum(parts.values()))
    assert found["interval"] == pytest.approx([mean - half, mean + half])


def test_reviews_outside_the_list_and_open_cases_are_told_and_do_not_count(desk):
    filled = desk.draw("2026-10-02", "list.csv")
    left = iter(range(1000))

    def half(case: str, kind: str) -> int | None:
        return strict(case, kind) if next(left) % 2 else None

    stray = [[f"T09-enquiry-999{n}", "2026-09-05", "enquiry", "1"] for n in range(3)]
    desk.review([filled], half, stray)
    with desk.on("2026-10-05") as ws:
        report = run_workflow(ws, "desk")
    assert attitude(report)["score"] == pytest.approx((100 * 2 + 600 * 4) / 700)
    assert warnings(report) == [
        "45 of 700 cases were reviewed: 6.4%, below the promised 10%",
        "45 of 90 drawn cases are reviewed",
        "fewer than 30 reviewed cases: complaint (15)",
        "reviews of cases that were not drawn do not count: 3 "
        "(T09-enquiry-9990, T09-enquiry-9991, T09-enquiry-9992)",
    ]
    told = report.wave.scores["sample"]
    assert (told["reviewed"], told["outside"], told["population"]) == (45, 3, 700)


def test_a_stratum_without_reviews_is_named_and_left_out(desk):
    filled = desk.draw("2026-10-02", "list.csv")
    desk.review([filled], lambda case, kind: 4 if kind == "enquiry" else None)
    with desk.on("2026-10-05") as ws:
        report = run_workflow(ws, "desk")
    assert attitude(report)["score"] == 4
    assert "no case of complaint is reviewed: the scores leave these 100 cases out" in warnings(
        report
    )


def test_of_two_reviews_of_a_case_the_later_row_counts(desk):
    filled = desk.draw("2026-10-02", "list.csv")
    with filled.open(encoding="utf-8-sig") as file:
        again = [[row["number"], row["served"], row["kind"], "5"] for row in csv.DictReader(file)]
    desk.review([filled], strict, again)
    with desk.on("2026-10-05") as ws:
        report = run_workflow(ws, "desk")
    assert (attitude(report)["score"], attitude(report)["n"]) == (5.0, 90)
    assert report.wave.scores["sample"]["repeated"] == 90


def test_a_review_counts_in_the_window_its_case_was_drawn_for_whenever_it_was_made(desk):
    """Reviewers may put down the day of the review; the case's own day decides."""
    first = desk.draw("2026-10-02", "list.csv")
    desk.open_tickets(date(2026, 10, 1), {"complaint": 40, "enquiry": 40})
    second = desk.draw("2026-11-02", "list-10.csv")
    desk.review([first, second], strict)
    path = desk.root / "data" / "reviews.csv"
    path.write_text(path.read_text().replace("2026-09-", "2026-10-"))
    with desk.on("2026-11-05") as ws:
        september = run_workflow(ws, "desk", window=SEPTEMBER)
        october = run_workflow(ws, "desk")
    assert attitude(september)["n"] == 90
    assert attitude(october)["n"] == 60
    assert october.wave.scores["sample"]["outside"] == 0


def test_a_run_draws_the_sample_that_nobody_has_drawn_and_says_so_once(desk):
    with desk.on("2026-10-02") as ws:
        report = run_workflow(ws, "desk")
        unchanged = run_workflow(ws, "desk")
    assert report.drawing is not None
    assert report.drawing.fresh
    assert report.to_dict()["sample"]["drawn"] == 90
    assert unchanged.drawing is not None
    assert not unchanged.drawing.fresh
    with desk.on("2026-10-04") as ws:
        desk.review([export_list(ws, named_sample(ws, "S-1"), desk.root / "l.csv")], strict)
        report = run_workflow(ws, "desk", again=True)
    assert report.wave.revision == 2
    assert attitude(report)["score"] == pytest.approx((100 * 2 + 600 * 4) / 700)


def test_reviews_made_before_a_sample_was_drawn_count_as_they_came(desk):
    own = [[f"T09-complaint-{n:04d}", "2026-09-05", "complaint", "3"] for n in range(12)]
    desk.review([], strict, own)
    with desk.on("2026-10-02") as ws:
        report = run_workflow(ws, "desk")
    assert (attitude(report)["score"], attitude(report)["n"]) == (3.0, 12)
    assert warnings(report) == [
        "the reviews of input 'reviews' were made before a sample was drawn: "
        "they count as they came, without weights"
    ]


def test_late_cases_are_told_by_the_run_and_added_by_another_draw(desk):
    filled = desk.draw("2026-10-02", "list.csv")
    desk.review([filled], strict)
    desk.open_tickets(date(2026, 9, 1), {"enquiry": 50}, tag="L")
    with desk.on("2026-10-05") as ws:
        report = run_workflow(ws, "desk")
        assert report.wave.scores["sample"]["late"] == 50
        again = draw_sample(ws, "desk")
        with ws.reading() as reader:
            stale = reader.samples("desk", include_stale=True)
    assert (again.fresh, again.sample.revision, again.before.id) == (True, 2, 1)
    assert [one.stale for one in stale] == [True, False]
    assert again.added - again.left == 5
    assert again.left <= 5
    assert again.sample.quotas[1].population == 650


def test_columns_of_any_name_may_be_strata(desk):
    desk.change("kind: issue}", "key: issue, position: issue}")
    desk.change("segments: [kind]", "segments: [key]")
    desk.change("strata: [kind]", "strata: [key, position]")
    with desk.on("2026-10-02") as ws:
        drawing = draw_sample(ws, "desk")
        cases = drawn_cases(ws, drawing.sample)
    assert (
        set(cases["key"].to_pylist())
        == set(cases["position"].to_pylist())
        == {
            "complaint",
            "enquiry",
        }
    )
    assert [one.stratum for one in drawing.sample.quotas] == [
        "complaint / complaint",
        "enquiry / enquiry",
    ]


def test_another_rule_makes_another_revision(desk):
    desk.draw("2026-10-02", "list.csv")
    desk.change("share: 10%", "share: 20%")
    with desk.on("2026-10-02") as ws:
        again = draw_sample(ws, "desk")
    assert (again.sample.drawn, again.left) == (150, 0)
    assert again.added == 60


def test_two_draws_at_once_keep_one_sample(desk):
    with desk.on("2026-10-02") as ws:
        assert ws.key
        assert ws.store
    found, start = [], threading.Barrier(2)

    def draw() -> None:
        with desk.on("2026-10-02") as ws:
            start.wait()
            found.append(draw_sample(ws, "desk"))

    threads = [threading.Thread(target=draw) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(one.fresh for one in found) == [False, True]
    assert found[0].sample.id == found[1].sample.id == 1


def test_an_altered_list_of_drawn_cases_is_refused(desk):
    desk.draw("2026-10-02", "list.csv")
    (file,) = desk.root.glob(".loopqa/evidence/desk/*sample*.parquet")
    file.write_bytes(file.read_bytes() + b"x")
    with desk.on("2026-10-05") as ws, pytest.raises(DataError, match="was altered"):
        run_workflow(ws, "desk")


def refused(desk, match: str, kind: type[Exception] = DataError, window: Window | None = None):
    with desk.on("2026-10-02") as ws, pytest.raises(kind, match=match) as told:
        draw_sample(ws, "desk", window=window)
    return str(told.value)


def test_a_window_without_cases_names_the_last_one_that_has_some(desk):
    message = refused(desk, "has no case in", window=Window.parse("2026-08-01..2026-08-31"))
    assert "loopqa sample draw desk --window 2026-09-01..2026-09-30" in message
    assert not list(desk.root.glob(".loopqa/evidence/desk/*"))


def test_an_unknown_column_of_strata_gets_a_hint(desk):
    desk.change("strata: [kind]", "strata: [issues]")
    assert "did you mean issue (issues)?" in refused(desk, "no column issues")


def test_a_workflow_without_sample_and_unknown_ids_are_refused(desk):
    desk.change("sample: {draw_from", "# {draw_from")
    assert "hint: say from which input" in refused(desk, "draws no sample", UsageError)
    with desk.on("2026-10-02") as ws, pytest.raises(UnknownId, match="there is no sample S-9"):
        named_sample(ws, "s9")


def test_tickets_without_numbers_are_refused_and_a_run_goes_on_without_a_sample(desk):
    tickets = desk.root / "data" / "tickets.csv"
    with tickets.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with tickets.open("w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, rows[0])
        out.writeheader()
        out.writerows({**row, "ticket": ""} for row in rows)
    assert "say which column holds it" in refused(desk, "no case has a number")
    with desk.on("2026-10-02") as ws:
        report = run_workflow(ws, "desk")
    assert report.drawing is None
    assert warnings(report)[-1].startswith("no sample was drawn: no case has a number")


def test_a_dimension_that_tickets_answer_too_goes_without_weights(desk):
    rubric = desk.root / "rubrics" / "desk.yaml"
    both = "      wait: {rater: internal, measure: {column: wait}}\n"
    head, _, _ = rubric.read_text("utf-8").partition("  speed:")
    rubric.write_text(head + both, "utf-8")
    desk.review([desk.draw("2026-10-02", "list.csv")], strict)
    with desk.on("2026-10-05") as ws:
        report = run_workflow(ws, "desk")
    tone = attitude(report)["indicators"][0]
    assert tone["value"] == pytest.approx((30 * 2 + 60 * 4) / 90)
    assert warnings(report) == [
        "the reviews go without weights: another input of the same rater answers 'attitude', "
        "too; give one of them a rater of its own"
    ]


def test_a_month_before_without_any_review_stands_beside_a_drawn_one(desk):
    desk.open_tickets(date(2026, 8, 1), {"enquiry": 20})
    with desk.on("2026-09-02") as ws:
        run_workflow(ws, "desk")
    desk.review([desk.draw("2026-10-02", "list.csv")], strict)
    with desk.on("2026-10-05") as ws:
        report = run_workflow(ws, "desk")
    assert attitude(report)["score"] == pytest.approx((100 * 2 + 600 * 4) / 700)


def test_a_verdict_rests_on_both_windows_samples_and_the_scope_keeps_its_weights(desk):
    """Complaints are one segment, the strata are teams: the scope cuts through the strata."""
    desk.change("strata: [kind]", "strata: [team]")
    desk.change("segments: [kind]", "segments: [kind]\ncluster: [team]")
    desk.change("kind: issue}", "kind: issue, team: desk}")
    desk.teams("data/tickets.csv")

    def judge(case: str, kind: str) -> int:
        if kind == "enquiry":
            return 4
        small = team_of(case) == "D0"
        return (2 if small else 1) if case < "T12" else (5 if small else 2)

    lists = [desk.draw("2026-10-02", "09.csv")]
    desk.review(lists, judge)
    with desk.on("2026-10-05") as ws:
        report = run_workflow(ws, "desk")
        finding = next(one for one in report.opened if one.scope)
        action = open_action(ws, ActionDraft((finding.id,), "Coach", owner="li"))
        start_action(ws, action.id)
    with desk.on("2026-10-31") as ws:
        close_action(ws, action.id, evidence="done")
    desk.open_tickets(date(2026, 12, 1), {"complaint": 300, "enquiry": 300})
    desk.teams("data/tickets.csv")
    lists.append(desk.draw("2027-01-02", "12.csv"))
    desk.review(lists, judge)
    with desk.on("2027-01-03") as ws:
        tick(ws)
        with ws.reading() as reader:
            verdict = reader.verdicts(action=action.id)[0]
            follow_up = reader.wave(verdict.wave)
        before, after = (weighed(ws, ref, judge) for ref in ("S-1", "S-2"))
    judged = verdict.judgement
    assert finding.score == pytest.approx(before)
    assert verdict.score_after == pytest.approx(after)
    assert judged.change.difference == pytest.approx(after - before)
    assert any("drawn by strata" in one.render("en") for one in judged.assumptions)
    assert follow_up.scores["sample"]["reviewed"] == follow_up.scores["sample"]["drawn"]


def weighed(ws, ref: str, judge) -> float:
    """The mean of all complaints, by hand: each drawn one stands for its team's N/n."""
    sample = named_sample(ws, ref)
    sizes = {one.stratum: one.population / one.drawn for one in sample.quotas}
    cases = drawn_cases(ws, sample).to_pylist()
    found = [
        (sizes[one["stratum"]], judge(one["case"], "complaint"))
        for one in cases
        if one["kind"] == "complaint"
    ]
    return sum(w * mark for w, mark in found) / sum(w for w, _ in found)
