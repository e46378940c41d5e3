"""Answers that were pushed, from the receiver through ``loopqa run`` into a wave."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugin.inbound import SECRETS, crm, pushing, workspace

RUBRIC = """\
rubric: visits
version: "1"
scale: {low: 1, high: 5}
raters: {customer: {}}
finding: {below: 3, min_n: 5}
defaults: {rater: customer, score: {type: rating}}
dimensions:
  speed: {title: {en: Speed, zh: 速度}, column: answer.speed}
"""
WORKFLOW = """\
workflow: visits
rubric: visits
window: {previous: month}
inputs:
  answers:
    type: inbound_webhook
    inbox: crm
    rater: customer
    map: {case: answer.no, customer: answer.phone, at: answer.at}
"""
PHONE = "13800138000"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loopqa) -> Path:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    made = workspace(tmp_path / "desk")
    for name, written in {
        "loopqa.yaml": "time_zone: Asia/Shanghai\n",
        "rubrics/visits.yaml": RUBRIC,
        "workflows/visits.yaml": WORKFLOW,
    }.items():
        (made / name).parent.mkdir(exist_ok=True)
        (made / name).write_text(written, encoding="utf-8")
    monkeypatch.chdir(made)
    monkeypatch.setenv("LOOPQA_NOW", "2026-10-04")
    return made


def answer(number: int, speed: int):
    return crm(number, speed=speed, at=f"2026-09-{number:02}", phone=PHONE)


def test_each_answer_counts_once_and_a_corrected_one_as_it_is_now(root, loopqa, monkeypatch):
    push = pushing(root)
    for number in range(1, 11):
        push(answer(number, speed=2))
        push(answer(number, speed=2))
    first = loopqa("run")
    assert first.code == 0, first.err
    assert "10 rows read, 10 loaded, 0 rejected" in first.out + first.err
    assert "new findings: 1" in first.out + first.err
    again = loopqa("run", "--again")
    assert "nothing new" in again.out + again.err
    for number in range(1, 11):
        push(answer(number, speed=5))
    monkeypatch.setenv("LOOPQA_NOW", "2026-10-05")
    corrected = loopqa("run", "--again")
    assert "10 rows read, 10 loaded, 0 rejected" in corrected.out + corrected.err
    assert "new findings: 0, seen again: 0" in corrected.out + corrected.err


def test_what_names_customers_stays_in_the_spool(root, loopqa):
    push = pushing(root)
    for number in range(1, 11):
        push(answer(number, speed=2))
    assert loopqa("run").code == 0
    spool = root / ".loopqa" / "inbound" / "crm.db"
    assert PHONE.encode() in spool.read_bytes()
    others = [one for one in root.rglob("*") if one.is_file() and one != spool]
    assert not [one for one in others if PHONE.encode() in one.read_bytes()]


def test_an_inbox_that_nobody_names_is_told(root, loopqa):
    flow = root / "workflows" / "visits.yaml"
    flow.write_text(flow.read_text("utf-8").replace("inbox: crm", "inbox: crn"), "utf-8")
    refused = loopqa("run")
    assert refused.code == 2
    assert "inbound.yaml: there is no inbox 'crn'" in refused.err
