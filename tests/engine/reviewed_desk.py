"""A service desk whose tickets are reviewed by sample: tickets in, list out, reviews back."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from loopqa.engine.clock import Clock
from loopqa.engine.drawing import draw_sample
from loopqa.engine.review_lists import export_list
from loopqa.engine.workspace import Workspace

RUBRIC = """\
rubric: desk
version: "1"
title: {en: Service desk, zh: 服务台}
scale: {low: 1, high: 5, labels: {en: [very poor, poor, fair, good, very good]}}
finding: {below: 3, min_n: 10}
dimensions:
  attitude:
    title: {en: Attitude, zh: 服务态度}
    indicators:
      tone: {rater: internal, question: Was the tone friendly?, measure: {column: tone}}
  speed:
    title: {en: Speed, zh: 速度}
    indicators:
      wait: {rater: internal, measure: {column: wait}}
"""
WORKFLOW = """\
workflow: desk
rubric: desk
window: {previous: month}
inputs:
  tickets:
    {type: csv, path: data/tickets.csv, rater: internal,
     map: {case: ticket, customer: caller, at: opened, kind: issue}}
  reviews:
    {type: csv, path: data/reviews.csv, rater: internal, map: {case: number, at: served}}
segments: [kind]
re_evaluate: {after: 1 month, comparison: outside_scope}
sample: {draw_from: tickets, for: reviews, strata: [kind], share: 10%, at_least: 30, seed: 7}
"""

Judge = Callable[[str, str], int | None]
"""(case number, kind) → the reviewer's mark, or None where the case is left out."""


def team_of(ticket: str) -> str:
    """The team of a ticket: a tenth of all are the first one's."""
    number = int(ticket[-4:])
    return "D0" if number % 10 == 0 else f"D{1 + number % 2}"


@dataclass
class ReviewedDesk:
    """The folder, and what people do in it."""

    root: Path

    def on(self, day: str) -> Workspace:
        """The workspace as it is on ``day``."""
        moment = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)
        return Workspace.open(self.root, clock=Clock(moment), actor="li")

    def change(self, old: str, new: str) -> None:
        """Change the workflow."""
        flow = self.root / "workflows" / "desk.yaml"
        written = flow.read_text("utf-8")
        assert old in written
        flow.write_text(written.replace(old, new), "utf-8")

    def open_tickets(self, month: date, kinds: dict[str, int], tag: str = "T") -> None:
        """Add tickets of a month; every one waits 4 of 5 points long."""
        dice, path = random.Random(f"{month}{tag}"), self.root / "data" / "tickets.csv"
        fresh = not path.exists()
        with path.open("a", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            if fresh:
                rows.writerow(["ticket", "caller", "opened", "issue", "wait"])
            for kind, n in kinds.items():
                for number in range(n):
                    day = month + timedelta(days=dice.randrange(28))
                    ticket = f"{tag}{month:%m}-{kind}-{number:04d}"
                    rows.writerow([ticket, f"Jane Roe {number}", day, kind, 4])

    def teams(self, path: str) -> None:
        """Give every ticket one of three teams, the first of them small."""
        file = self.root / path
        with file.open(newline="", encoding="utf-8") as source:
            rows = list(csv.DictReader(source))
        with file.open("w", newline="", encoding="utf-8") as target:
            out = csv.DictWriter(target, list(dict.fromkeys([*rows[0], "desk"])))
            out.writeheader()
            out.writerows({**row, "desk": team_of(row["ticket"])} for row in rows)

    def draw(self, day: str, out: str) -> Path:
        """Draw the last month's sample and write the reviewers' list."""
        with self.on(day) as ws:
            return export_list(ws, draw_sample(ws, "desk").sample, self.root / out)

    def review(self, lists: Iterable[Path], judge: Judge, more: Iterable[list[str]] = ()) -> None:
        """Fill the lists in, as the file that the workflow reads."""
        with (self.root / "data" / "reviews.csv").open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["number", "served", "kind", "tone", "team"])
            for one in lists:
                with one.open(encoding="utf-8-sig") as source:
                    for row in csv.DictReader(source):
                        mark = judge(row["number"], row["kind"])
                        told = "" if mark is None else mark
                        known = [row["number"], row["served"], row["kind"]]
                        rows.writerow([*known, told, row.get("team", "")])
            rows.writerows([*one, ""] for one in more)


def build(root: Path) -> ReviewedDesk:
    """A workspace with the tickets of September 2026, and no reviews yet."""
    for folder in ("rubrics", "workflows", "data"):
        (root / folder).mkdir(parents=True)
    (root / "loopqa.yaml").write_text("time_zone: Asia/Shanghai\nlanguages: [en, zh]\n")
    (root / "rubrics" / "desk.yaml").write_text(RUBRIC, "utf-8")
    (root / "workflows" / "desk.yaml").write_text(WORKFLOW, "utf-8")
    made = ReviewedDesk(root)
    made.open_tickets(date(2026, 9, 1), {"complaint": 100, "enquiry": 600})
    (root / "data" / "reviews.csv").write_text("number,served,kind,tone\n")
    return made
