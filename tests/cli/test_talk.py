"""Every command does its work and says what it did and what comes next."""

from __future__ import annotations

import re
from pathlib import Path

from loopqa.cli import action, audit, finding, plugins, report, resurvey, rubric, schedule, verdict
from loopqa.cli.root import COMMANDS

GROUPS = {
    "action": action,
    "audit": audit,
    "finding": finding,
    "plugins": plugins,
    "report": report,
    "resurvey": resurvey,
    "rubric": rubric,
    "schedule": schedule,
    "verdict": verdict,
}


def test_every_command_has_a_test():
    sources = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    called = set(re.findall(r'loopqa\(\s*"([a-z]+)"(?:,\s*"([a-z]+)")?', sources))
    wanted = {(name, "") for name in COMMANDS if name not in GROUPS}
    wanted |= {(name, verb) for name, module in GROUPS.items() for verb in module.command.commands}
    assert wanted - called - {(name, "") for name, _ in called} == set()


def test_init_lists_templates_and_writes_one(loopqa, tmp_path):
    listed = loopqa("init", "--list")
    assert listed.lines == [
        "after-sales",
        "airport",
        "hotline",
        "scorecard",
        "service-desk",
        "survey",
    ]
    made = loopqa("init", "desk", "--template", "hotline")
    assert made.code == 0
    assert sorted(made.lines) == [
        "desk/data/ratings.csv",
        "desk/loopqa.yaml",
        "desk/rubrics/hotline.yaml",
        "desk/workflows/hotline.yaml",
    ]
    assert made.err == "next: cd desk && loopqa check && loopqa run\n"
    assert (tmp_path / "desk" / "rubrics" / "hotline.yaml").exists()


def test_check_of_a_sound_workspace(loopqa, at):
    at("new")
    answer = loopqa("check")
    assert (answer.code, answer.out, answer.err) == (0, "", "all definitions are sound\n")


def test_score_by_segment_says_whose_scores_they_are_on_stdout(loopqa, at):
    at("new")
    answer = loopqa("score", "hotline", "data/ratings.csv", "--by", "channel")
    assert answer.code == 0
    assert answer.err == "2338 rows read, 2338 loaded, 0 rejected\n"
    assert [line for line in answer.lines if line.startswith("channel=")] == [
        "channel=chat",
        "channel=mail",
        "channel=phone",
    ]
    assert answer.lines[0].split() == (
        ["dimension", "n", "score", "interval", "top", "bottom", "target", "gap", "grade"]
    )
    assert answer.lines[1].split()[:2] == ["responsiveness", "2265"]


def test_score_tells_of_rejected_rows_with_their_place(loopqa, tmp_path):
    rows = ["ticket,responsiveness,attitude,solution", "1,four,5,5", "2,9,4,4", "3,3,3,3"]
    (tmp_path / "mixed.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    answer = loopqa("score", "hotline", "mixed.csv")
    assert answer.code == 0
    assert answer.err == (
        "3 rows read, 1 loaded, 2 rejected\n"
        "  mixed.csv:2:responsiveness: neither a number nor a known answer (four)\n"
        "  mixed.csv:3:responsiveness: not on the scale (9)\n"
    )


def test_compare_names_every_dimension_it_explains(loopqa, at):
    at("new")
    answer = loopqa(
        *["compare", "hotline", "data/ratings.csv", "--at", "answered_on"],
        *["--before", "2026-01-01..2026-01-31", "--after", "2026-04-01..2026-04-30"],
        *["--scope", "channel=phone"],
    )
    assert answer.code == 0
    for name in ("responsiveness", "attitude", "solution"):
        assert name in answer.lines
    assert answer.lines[0].split() == (
        ["dimension", "before", "after", "change", "95", "%", "interval", "verdict"]
    )
    assert answer.lines[1].split()[0] == "responsiveness"


def test_compare_of_two_files(loopqa, at):
    at("new")
    same = ["--before", "data/ratings.csv", "--after", "data/ratings.csv"]
    answer = loopqa("compare", "hotline", *same, "--dimension", "attitude")
    assert answer.code == 0
    assert answer.lines[1].split()[:4] == ["attitude", "3.99", "3.99", "+0.00"]


def test_a_dry_run_says_what_it_would_find_and_keeps_no_wave(loopqa, at):
    at("new", "2026-02-04")
    answer = loopqa("run", "--dry-run")
    assert answer.code == 0
    assert answer.out == (
        "hotline 2026-01-01..2026-01-31: cells that fall short: 1; nothing was written\n"
    )
    assert loopqa("finding", "list").err == "0 of 0 · --state all, --json\n"
    assert not Path("reports").exists()


def test_run_opens_findings_fills_in_history_and_writes_reports(loopqa, at):
    folder = at("new", "2026-02-04")
    answer = loopqa("run")
    assert answer.code == 0
    assert answer.err == (
        "2338 rows read, 2338 loaded, 0 rejected\n"
        "history: 6 earlier windows filled in\n"
        "next: loopqa finding show F-1\n"
    )
    assert answer.lines[0] == "hotline 2026-01-01..2026-01-31: new findings: 1, seen again: 0"
    assert answer.lines[2] == "F-1  responsiveness  channel=phone   2.62  86"
    reports = [line.removeprefix("report ") for line in answer.lines[3:]]
    assert len(reports) == 2
    assert all(Path(path).is_relative_to(folder) and Path(path).exists() for path in reports)


def test_running_again_changes_nothing_and_says_so(loopqa, at):
    at("found", "2026-02-04")
    answer = loopqa("run", "hotline")
    assert answer.code == 0
    assert answer.out == "2026-01-01..2026-01-31 is evaluated already, nothing new\n"
    assert answer.err == "--again looks for late data\n"
    assert "--again" not in loopqa("run", "hotline", "--again").err


def test_status_of_a_new_workspace_says_where_to_begin(loopqa, at):
    at("new")
    answer = loopqa("status")
    assert answer.out == "hotline: last window -\nfindings: none\nactions: none\n"
    assert answer.err == "next: loopqa run\n"


def test_status_says_first_that_nobody_ticks(loopqa, at):
    at("closed", "2026-04-02")
    assert loopqa("status").lines == [
        "! nobody ticks: R-1 should have been taken up; run `loopqa tick` daily",
        "hotline: last window 2026-01-01..2026-01-31",
        "findings: awaiting verdict 1",
        "actions: closed 1",
        "R-1  round 1, scheduled, due 2026-03-27, window -",
    ]


def test_findings_are_listed_shown_assigned_annotated_and_dismissed(loopqa, at):
    at("found", "2026-02-05")
    listed = loopqa("finding", "list")
    assert listed.lines == [
        "id   dimension       where          score   n  grade      state  since",
        "F-1  responsiveness  channel=phone   2.62  86  confirmed  open   2026-01-01",
    ]
    assert listed.err == "1 of 1 · --state all, --json\n"
    assert loopqa("finding", "assign", "F-1", "Li Wei").out == "F-1 is with Li Wei\n"
    assert loopqa("finding", "note", "f1", "queue of 40 at noon").out == "noted on F-1\n"
    shown = loopqa("finding", "show", "1")
    assert shown.lines[0] == "F-1  responsiveness  channel=phone"
    assert shown.lines[1] == ("state open, grade confirmed, cycle 1, window 2026-01-01..2026-01-31")
    assert shown.lines[2] == "owner Li Wei"
    assert shown.lines[-1] == "2026-02-05 li: queue of 40 at noon"
    assert shown.err == 'next: loopqa action open F-1 --title "..."\n'
    assert loopqa("finding", "dismiss", "F-1", "--why", "moved").out == "F-1 is dismissed\n"
    assert loopqa("finding", "list").err == "0 of 1 · --state all, --json\n"
    assert loopqa("findings", "list", "--state", "all").lines[1].split()[-2] == "dismissed"


def test_an_action_from_opening_to_closing(loopqa, at):
    at("found", "2026-02-05")
    opened = loopqa("action", "open", "F-1", "--title", "Call-back desk", "--due", "2026-02-28")
    assert opened.lines == [
        "A-1 is open, due 2026-02-28",
        "  responsiveness: the re-survey will see a change of 0.52 or more, with 86 answers; "
        "0.88 is worth seeing",
        "  closed by 2026-02-28, the verdict is known on 2026-05-01",
    ]
    assert opened.err == "next: loopqa action start A-1\n"
    assert loopqa("action", "assign", "A-1", "--owner", "Li Wei").out == "A-1 is with Li Wei\n"
    assert loopqa("action", "note", "A-1", "rota is out").out == "noted on A-1\n"
    started = loopqa("action", "start", "A-1")
    assert started.out == "A-1 started on 2026-02-05\n"
    assert started.err == 'next: loopqa action close A-1 --evidence "..."\n'
    closed = loopqa("action", "close", "A-1", "--evidence", "minutes of 5 February")
    assert closed.out == "A-1 closed on 2026-02-05\nre-survey R-1 due 2026-03-05\n"
    assert closed.err == "`loopqa tick` does the rest when the day has come; run it daily\n"
    assert loopqa("action", "show", "A-1").lines == [
        "A-1  Call-back desk",
        "  state: closed",
        "  where: channel=phone",
        "  dimensions: responsiveness",
        "  findings: F-1",
        "  owner: Li Wei",
        "  due: 2026-02-28",
        "  started on: 2026-02-05",
        "  closed on: 2026-02-05",
        "  evidence: minutes of 5 February",
        "  responsiveness: the re-survey will see a change of 0.52 or more, with 86 answers; "
        "0.88 is worth seeing",
        "  closed by 2026-02-05, the verdict is known on 2026-05-01",
        "R-1  round 1, scheduled, due 2026-03-05, window -",
        "2026-02-05 li: rota is out",
    ]
    assert loopqa("actions", "list").lines[1].split() == (
        ["A-1", "Call-back", "desk", "channel=phone", "F-1", "Li", "Wei", "2026-02-28", "closed"]
    )


def test_reopening_and_cancelling_an_action(loopqa, at):
    at("closed", "2026-03-01")
    reopened = loopqa("action", "reopen", "A-1", "--why", "never staffed")
    assert reopened.out == "A-1 is being worked on again; closing it opens the next round\n"
    cancelled = loopqa("action", "cancel", "A-1", "--why", "no budget")
    assert cancelled.out == "A-1 is cancelled; its findings are open again\n"
    assert loopqa("finding", "list").lines[1].split()[-2] == "open"


def test_accepting_an_action_that_is_open_already_is_refused(loopqa, at):
    at("opened")
    answer = loopqa("action", "accept", "A-1")
    assert answer.code == 1
    assert answer.err.startswith("error: action A-1 is open already; allowed: ")


def test_an_overdue_action_is_marked_in_the_list(loopqa, at):
    at("started", "2026-04-01")
    line = loopqa("action", "list").lines[1]
    assert re.search(r"2026-\d\d-\d\d late\s+started$", line)


def test_a_resurvey_is_listed_shown_previewed_rescheduled_and_cancelled(loopqa, at):
    at("closed", "2026-03-01")
    assert loopqa("resurvey", "list").lines[1].split() == (
        ["R-1", "A-1", "1", "2026-03-27", "-", "scheduled"]
    )
    assert loopqa("resurvey", "show", "R-1").lines == [
        "R-1  round 1, scheduled, due 2026-03-27, window -"
    ]
    assert loopqa("resurvey", "preview", "R-1").lines == [
        "before: 2026-01-01..2026-01-31",
        "after: 2026-04-01..2026-04-30, complete on 2026-05-01",
        "comparison: what lies outside the action's segment",
        "history: 6 earlier windows",
    ]
    moved = loopqa("resurvey", "reschedule", "R-1", "--on", "2026-04-15")
    assert moved.out == "re-survey R-1 due 2026-04-15\n"
    cancelled = loopqa("resurvey", "cancel", "R-1", "--why", "the desk was closed")
    assert cancelled.out == "R-1 is cancelled\n"
    assert cancelled.err == (
        "A-1 stays closed without a verdict; to have another round: "
        "loopqa action reopen A-1 --why ..., then close it again\n"
    )
    assert loopqa("resurveys", "list").err == "0 of 1 · --state all, --json\n"


def test_tick_begins_what_is_due_and_later_reaches_the_verdict(loopqa, at, monkeypatch):
    at("closed", "2026-03-01")
    assert loopqa("tick").err == "nothing is due\n"
    monkeypatch.setenv("LOOPQA_NOW", "2026-04-01")
    assert loopqa("tick").lines == [
        "R-1  round 1, asking, due 2026-03-27, window 2026-04-01..2026-04-30"
    ]
    monkeypatch.setenv("LOOPQA_NOW", "2026-05-02")
    (line,) = loopqa("tick").lines
    assert line.startswith("V-1  responsiveness: improved ▲  estimate +")
    assert loopqa("tick").err == "nothing is due\n"
    assert loopqa("status").lines[1:3] == ["findings: resolved 1", "actions: verified 1"]


def test_resurvey_now_compares_without_waiting_for_the_tick(loopqa, at):
    at("closed", "2026-05-02")
    answer = loopqa("resurvey", "now", "R-1")
    assert answer.code == 0
    assert answer.out.startswith("V-1  responsiveness: improved ▲  estimate +")


def test_verdicts_are_listed_and_shown_with_what_they_rest_on(loopqa, at):
    at("judged")
    listed = loopqa("verdict", "list")
    assert listed.lines[1].split()[:3] == ["V-1", "A-1", "responsiveness"]
    assert listed.lines[1].endswith("improved ▲")
    shown = loopqa("verdict", "show", "V-1")
    assert shown.lines[0].startswith("V-1  responsiveness: improved ▲  estimate +")
    assert "design: random+comparison+history" in shown.lines
    assert any(line.startswith("- ") for line in shown.lines)


def test_report_make_writes_one_file_for_each_language(loopqa, at):
    at("judged")
    answer = loopqa("report", "make", "--language", "zh", "--out", "out")
    assert answer.code == 0
    (path,) = answer.lines
    assert Path(path).suffix == ".html"
    assert '<html lang="zh' in Path(path).read_text(encoding="utf-8")


def test_the_audit_chain_is_whole_and_its_head_is_the_last_hash(loopqa, at):
    at("judged")
    head = loopqa("audit", "head").out.strip()
    assert re.fullmatch(r"[0-9a-f]{64}", head)
    assert loopqa("audit", "verify").out == f"the audit chain is whole; head {head}\n"


def test_plugins_rubrics_and_schemas_are_at_hand_without_a_workspace(loopqa):
    listed = loopqa("plugins", "list")
    assert [line.split()[:2] for line in listed.lines if line.startswith("source")] == [
        ["source", "csv"],
        ["source", "excel"],
        ["source", "http_json"],
        ["source", "jsonl"],
        ["source", "parquet"],
        ["source", "sql"],
    ]
    assert loopqa("plugins", "docs", "csv").lines[0].startswith("csv (source, ")
    assert loopqa("rubrics", "list").err == "6 of 6 · loopqa rubric show ID, --json\n"
    assert loopqa("rubric", "list").lines[3].split()[:2] == ["hotline", "2026-01"]
    assert "rubric: hotline" in loopqa("rubric", "show", "hotline").lines
    for kind in ("rubric", "workflow", "workspace"):
        schema = loopqa("schema", kind).json
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
