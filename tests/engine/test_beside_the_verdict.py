"""What surrounds a verdict in a workspace: other dimensions, response, low scorers, prospects."""

from __future__ import annotations

import csv
import random
from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from loopqa.engine.evaluate import compare
from loopqa.engine.improve import ActionDraft, close_action, open_action, start_action
from loopqa.engine.overlap import overlapping, rivals
from loopqa.engine.prospects import prospects
from loopqa.engine.run import run_workflow
from loopqa.engine.tick import tick
from loopqa.errors import UsageError
from loopqa.language import speaking
from loopqa.model.cycle import ActionState, FindingState
from loopqa.model.verdict import Outcome

FLOW = "desk-monthly"


def the_finding(desk):
    """The finding on speed of phone."""
    with desk.on("2026-10-02") as ws:
        run_workflow(ws, FLOW)
        with ws.reading() as reader:
            return next(one for one in reader.findings() if one.dimension == "speed")


def closed(desk, finding) -> None:
    with desk.on("2026-10-31") as ws:
        action = open_action(ws, ActionDraft((finding.id,), "Second line at noon"))
        start_action(ws, action.id, date(2026, 10, 6))
        close_action(ws, action.id, "rota")


def write(
    desk, month: date, cases: Mapping[str, tuple[float, float]], n: int = 200, silent: int = 0
) -> None:
    """A month with (speed, attitude) by channel; ``silent`` invited customers did not answer."""
    dice = random.Random(str(month))
    path = desk.root / "data" / f"{month:%Y-%m}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["ticket", "customer", "day", "channel", "team", "speed", "attitude"])
        for channel in ("phone", "chat", "mail", "shop"):
            means = cases.get(channel, (3.6, 3.8))
            for number in range(n + silent):
                scores = [min(5, max(1, round(dice.gauss(mean, 1)))) for mean in means]
                day = month + timedelta(days=dice.randrange(28))
                ids = (f"{month:%Y%m}-{channel}-{number}", f"{channel}-{number}", day, channel)
                told = scores if number < n else ["", ""]
                rows.writerow([*ids, f"{channel}-{number % 4}", *told])


def test_other_dimensions_are_judged_beside_and_never_decide(desk):
    """The action on speed did nothing; attitude fell off a cliff, and speed alone is judged."""
    finding = the_finding(desk)
    closed(desk, finding)
    write(desk, date(2026, 12, 1), {"phone": (3.9, 2.2)}, n=300)
    with desk.on("2027-01-02") as ws:
        done = tick(ws)
        with ws.reading() as reader:
            verdicts = reader.verdicts(action=1)
            action = reader.action(1)
            moved = reader.finding(finding.id)
            notices = [one for one in reader.notices(50) if one.event == "verdict.reached"]
    assert [one.judgement.dimension for one in done.verdicts] == ["speed"]
    named, beside = verdicts
    assert (named.judgement.primary, named.outcome) == (True, Outcome.IMPROVED)
    assert (beside.judgement.primary, beside.outcome) == (False, Outcome.WORSENED)
    assert action.state is ActionState.VERIFIED
    assert moved.state is FindingState.RESOLVED
    assert len(notices) == 1


def test_a_response_rate_that_fell_everywhere_is_told_with_the_verdict(desk):
    write(desk, date(2026, 9, 1), {"phone": (2.5, 3.8)}, n=150, silent=50)
    finding = the_finding(desk)
    closed(desk, finding)
    write(desk, date(2026, 12, 1), {"phone": (3.9, 3.8)}, n=150, silent=350)
    with desk.on("2027-01-02") as ws:
        (verdict,) = tick(ws).verdicts
    response = verdict.judgement.response
    assert response is not None
    assert (response.scope.before.invited, response.scope.before.answered) == (200, 150)
    assert (response.scope.after.invited, response.scope.after.answered) == (500, 150)
    assert response.comparison is not None
    assert response.comparison.after.rate == pytest.approx(0.3)
    assert verdict.outcome is Outcome.IMPROVED
    said = [one.render("en") for one in verdict.judgement.assumptions]
    assert (
        "response in the scope went from 75% to 30%, in the comparison from 75% to 30%: assumes "
        "that who answers changed alike in both"
    ) in said


def test_one_question_left_out_is_no_missing_response(desk):
    """Item non-response: attitude was left out by half of those who answered on speed."""
    path = desk.root / "data" / "2026-09.csv"
    lines = path.read_text("utf-8").splitlines()
    half = [one.rpartition(",")[0] + "," if at % 2 else one for at, one in enumerate(lines)]
    path.write_text("\n".join([lines[0], *half[1:]]) + "\n", "utf-8")
    windows = {"before": "2026-08-01..2026-08-31", "after": "2026-09-01..2026-09-30"}
    data = [str(one) for one in sorted((desk.root / "data").glob("*.csv"))]
    result = compare(
        desk.root / "rubrics" / "desk.yaml", data, at="day", scope={"channel": "phone"}, **windows
    )
    assert [one.response for one in result.verdicts] == [None, None]


def test_customers_asked_again_show_service_recovery_apart(desk):
    flow = desk.root / "workflows" / "desk-monthly.yaml"
    flow.write_text(
        flow.read_text("utf-8").replace("re_evaluate: {", "re_evaluate: {asked: same, "), "utf-8"
    )
    write(desk, date(2026, 9, 1), {"phone": (2.5, 3.8)})
    finding = the_finding(desk)
    closed(desk, finding)
    write(desk, date(2026, 12, 1), {"phone": (2.5, 3.8)})
    with desk.on("2027-01-02") as ws:
        (verdict,) = tick(ws).verdicts
    told = verdict.judgement.recovery
    assert told is not None
    assert verdict.outcome is not Outcome.IMPROVED
    assert 60 < told.n < 140
    assert told.before < 2.0
    # Both answers are drawn anew, so doing nothing brings the low ones all the way back.
    assert told.gain > 0.6
    assert verdict.judgement.to_dict()["recovery"]["gain"] == told.gain


def test_low_scorers_of_a_comparison_at_hand_are_the_same_in_both_ways_of_asking(desk):
    write(desk, date(2026, 9, 1), {"phone": (2.5, 3.8)})
    write(desk, date(2026, 12, 1), {"phone": (2.5, 3.8)})
    data = [str(one) for one in sorted((desk.root / "data").glob("*.csv"))]
    both = [
        compare(
            desk.root / "rubrics" / "desk.yaml",
            data,
            at="day",
            before="2026-09-01..2026-09-30",
            after="2026-12-01..2026-12-31",
            scope={"channel": "phone"},
            customer="customer",
            asked=asked,
        )
        .verdicts[0]
        .recovery
        for asked in ("same", "low")
    ]
    assert both[0] is not None
    assert both[1] is not None
    assert both[0].n == both[1].n
    assert (both[0].gain, both[0].beyond) == pytest.approx((both[1].gain, both[1].beyond))
    assert both[0].interval == pytest.approx(both[1].interval)


def test_dimensions_that_were_not_named_come_back_beside_the_others(desk):
    data = [str(one) for one in sorted((desk.root / "data").glob("*.csv"))]
    windows = {"before": "2026-08-01..2026-08-31", "after": "2026-09-01..2026-09-30"}
    call = {"at": "day", "scope": {"channel": "phone"}, **windows}
    rubric = desk.root / "rubrics" / "desk.yaml"
    named = compare(rubric, data, dimensions="speed", **call)
    every = compare(rubric, data, **call)
    assert [one.dimension for one in named.verdicts] == ["speed"]
    assert [(one.dimension, one.primary) for one in named.secondary] == [("attitude", False)]
    assert [one.dimension for one in every.verdicts] == ["speed", "attitude"]
    assert every.secondary == ()
    assert [one["dimension"] for one in named.to_dict()["secondary"]] == ["attitude"]


def test_what_was_excluded_is_said(desk):
    data = [str(one) for one in sorted((desk.root / "data").glob("*.csv"))]
    windows = {"before": "2026-08-01..2026-08-31", "after": "2026-09-01..2026-09-30"}
    call = {"at": "day", "scope": {"channel": "phone"}, "dimensions": "speed", **windows}
    rubric = desk.root / "rubrics" / "desk.yaml"
    with speaking("en"):
        beside = compare(rubric, data, exclude={"channel": "chat"}, **call).verdicts[0]
        assert str(beside.assumptions[-1]) == (
            "another action ran in channel=chat: left out of the comparison"
        )
        inside = compare(rubric, data, exclude={"channel": ["phone", "chat"]}, **call).verdicts[0]
        assert str(inside.assumptions[-1]) == (
            "another action ran in channel=phone, inside the scope: what each action did can't be "
            "told apart"
        )


@pytest.mark.parametrize(
    ("invited", "message"),
    [
        ({"befor": 4}, "invited has no 'befor'"),
        ({"before": 400, "after": 0}, "invited after can't be 0; it is 1 or above"),
        ({"before": 400}, "response rates take both before and after"),
        (
            {"comparison-before": 4, "comparison-after": 4},
            "those invited to the comparison are of no use without those in the scope",
        ),
        ({"before": 500, "after": 3}, "3 invited after the action can't be: 480 answered"),
    ],
)
def test_impossible_invitations_are_refused(desk, invited, message):
    data = [str(one) for one in sorted((desk.root / "data").glob("*.csv"))]
    windows = {"before": "2026-08-01..2026-08-31", "after": "2026-09-01..2026-09-30"}
    with speaking("en"), pytest.raises(UsageError) as refused:
        compare(desk.root / "rubrics" / "desk.yaml", data, at="day", invited=invited, **windows)
    assert str(refused.value).splitlines()[0] == message


def ahead_of(desk, day: str, number: int = 1):
    with desk.on(day) as ws, ws.reading() as reader:
        return prospects(ws, reader, [reader.action(number)]).get(number)


def test_opening_tells_what_will_be_seen_and_when(desk):
    finding = the_finding(desk)
    with desk.on("2026-10-05") as ws:
        open_action(ws, ActionDraft((finding.id,), "Second line", due=date(2026, 10, 20)))
    ahead = ahead_of(desk, "2026-10-05")
    assert ahead is not None
    assert (ahead.answer.closing, ahead.answer.due) == (date(2026, 10, 20), date(2026, 11, 20))
    assert (str(ahead.answer.window), ahead.answer.known_on) == (
        "2026-12-01..2026-12-31",
        date(2027, 1, 1),
    )
    (one,) = ahead.each
    assert (one.dimension, one.n) == ("speed", 120)
    assert one.change == pytest.approx(3 - finding.score)
    assert (one.outlook.comparison, one.outlook.windows) == (True, 8)
    assert one.visible
    assert one.remedy is None
    assert not ahead.hidden


def test_an_effect_that_cannot_be_seen_is_flagged_and_says_what_would_help(desk):
    """Without comparison and history nothing can be seen; twenty answers see too little."""
    flow = desk.root / "workflows" / "desk-monthly.yaml"
    plain = flow.read_text("utf-8")
    flow.write_text(
        plain.replace("outside_scope", "none").replace("history: 8 months\n", ""), "utf-8"
    )
    finding = the_finding(desk)
    with desk.on("2026-10-05") as ws:
        open_action(ws, ActionDraft((finding.id,), "Second line"))
    alone = ahead_of(desk, "2026-10-05")
    assert alone is not None
    assert alone.hidden
    with speaking("en"):
        assert str(alone.each[0].sentence) == (
            "speed: no verdict is possible, with neither a comparison nor 6 earlier windows"
        )
        assert str(alone.each[0].remedy).startswith("survey cases that the action does not touch")
    flow.write_text(plain.replace("history: 8 months\n", ""), "utf-8")
    compared = ahead_of(desk, "2026-10-05")
    assert compared is not None
    assert compared.each[0].detectable is not None
    assert compared.hidden == (compared.each[0].detectable > compared.each[0].change)


def test_prospects_never_stand_in_the_way(desk):
    """A workflow that is broken by now leaves the action readable, without prospects."""
    finding = the_finding(desk)
    with desk.on("2026-10-05") as ws:
        open_action(ws, ActionDraft((finding.id,), "Second line", due=date(2026, 10, 20)))
    (desk.root / "workflows" / "desk-monthly.yaml").write_text("workflow: [", "utf-8")
    assert ahead_of(desk, "2026-10-05") is None


def test_a_second_action_in_the_same_segment_is_warned_of(desk):
    finding = the_finding(desk)
    with desk.on("2026-10-05") as ws:
        open_action(ws, ActionDraft((finding.id,), "Second line"))
        open_action(ws, ActionDraft((finding.id,), "Call-back"))
    ahead = ahead_of(desk, "2026-10-05", 2)
    assert ahead is not None
    with speaking("en"):
        assert str(ahead.warning) == (
            "A-1 is at work on the same, in the same or an overlapping segment: the verdict will "
            "not tell what each action did"
        )
    assert ahead.to_dict()["rivals"] == ["A-1"]


def test_an_action_that_was_done_before_the_baseline_is_not_warned_of(desk):
    finding = the_finding(desk)
    with desk.on("2026-10-31") as ws:
        first = open_action(ws, ActionDraft((finding.id,), "Second line"))
        start_action(ws, first.id, date(2026, 10, 6))
        close_action(ws, first.id, "rota")
        second = open_action(ws, ActionDraft((finding.id,), "Call-back"))
        with ws.reading() as reader:
            assert [one.id for one in rivals(reader, second, date(2026, 9, 1))] == [first.id]
            assert rivals(reader, second, date(2026, 11, 1)) == ()


def test_scopes_overlap_where_a_case_can_lie_in_both():
    phone, noon = ("channel", ("phone",)), ("team", ("T1", "T2"))
    assert overlapping((), (phone,))
    assert overlapping((phone,), (noon,))
    assert overlapping((phone, noon), (("team", ("T2", "T3")),))
    assert not overlapping((phone, noon), (("team", ("T3",)),))
