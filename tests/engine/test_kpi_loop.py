"""KPIs through the whole loop: verdicts of single indicators are kept, settle, and are reported."""

from __future__ import annotations

from datetime import date

from loopqa.engine.improve import ActionDraft, close_action, open_action, start_action
from loopqa.engine.reports import gather
from loopqa.engine.run import run_workflow
from loopqa.engine.tick import tick
from loopqa.model.cycle import ActionState, FindingState
from loopqa.report.content import content
from loopqa.report.html import render

RUBRIC = """\
rubric: desk
version: "1"
title: {en: Service desk, zh: 服务台}
scale: {low: 1, high: 5}
finding: {below: 3, min_n: 30}
dimensions:
  speed:
    title: {en: Speed, zh: 速度}
    weight: 100%
    indicators:
      calls:
        title: {en: Calls a day, zh: 日均接听量}
        column: speed
        unit: calls
        aggregate: median
        score: {type: attainment, floor: 1, target: 5}
      good:
        title: {en: Good answers, zh: 好评率}
        column: speed
        low: 1
        high: 5
        aggregate: share
        score: {type: attainment, floor: 0, target: 100, of: [4, 5]}
"""


def test_each_indicator_of_a_dimension_without_points_has_a_verdict_of_its_own(desk):
    (desk.root / "rubrics" / "desk.yaml").write_text(RUBRIC, encoding="utf-8")
    with desk.on("2026-10-02") as ws:
        report = run_workflow(ws, "desk-monthly")
        finding = next(one for one in report.opened if one.scope == (("channel", ("phone",)),))
    with desk.on("2026-10-05") as ws:
        action = open_action(ws, ActionDraft((finding.id,), "Second line at noon"))
    with desk.on("2026-10-06") as ws:
        start_action(ws, action.id)
    with desk.on("2026-10-31") as ws:
        close_action(ws, action.id, "rota of October")
    with desk.on("2026-11-30") as ws:
        tick(ws)
    desk.rate(date(2026, 12, 1), {"phone": 4.1}, n=300)
    with desk.on("2027-01-02") as ws:
        done = tick(ws)
        with ws.reading() as reader:
            verdicts = [one.judgement for one in reader.verdicts()]
            assert reader.finding(finding.id).state is not FindingState.AWAITING_VERDICT
            assert reader.action(action.id).state is ActionState.VERIFIED
        source = gather(ws, "desk-monthly")
    assert [one.judgement for one in done.verdicts] == verdicts
    told = {one.about: (one.outcome.value, one.change_unit) for one in verdicts}
    assert told == {"speed.calls": ("improved", "%"), "speed.good": ("improved", "pp")}
    made = content(source)
    assert made.effects is not None
    assert [made.effects.plot.scale, *(one.plot.scale for one in made.unit_effects)][-1] == (0, 100)
    assert len(made.unit_effects) == 1
    page = render(made, "en")
    assert "Speed – Calls a day" in page
    assert "within ±5 pp" in page
    assert "within ±10%" in page
