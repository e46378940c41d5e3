"""A small service team in a folder: ratings of four channels, month by month."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from loopqa.engine.clock import Clock
from loopqa.engine.workspace import Workspace

RUBRIC = """\
rubric: desk
version: "1"
title: {en: Service desk, zh: 服务台}
scale: {low: 1, high: 5}
finding: {below: 3, min_n: 30}
dimensions:
  speed: {title: {en: Speed, zh: 速度}, weight: 50%, column: speed}
  attitude: {title: {en: Attitude, zh: 态度}, weight: 50%, column: attitude}
"""

WORKFLOW = """\
workflow: desk-monthly
rubric: desk
window: {previous: month}
history: 8 months
inputs:
  ratings:
    type: csv
    path: data/*.csv
    rater: customer
    map: {case: ticket, customer: customer, at: day}
segments: [channel]
cluster: [team]
detect: [{type: below_threshold}]
re_evaluate: {after: 1 month, from: ratings, comparison: outside_scope, rounds: 2}
"""

CHANNELS = ("phone", "chat", "mail", "shop")


@dataclass
class Desk:
    """The folder, and how to look at it on a given day."""

    root: Path

    def on(self, day: str) -> Workspace:
        """The workspace as it is on ``day``."""
        moment = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)
        return Workspace.open(self.root, clock=Clock(moment), actor="li")

    def rate(self, month: date, means: Mapping[str, float], n: int = 120, tag: str = "") -> None:
        """Write a month of ratings; ``means`` gives the mean of speed by channel (default 3.6)."""
        dice = random.Random(f"{month}{tag}")
        path = self.root / "data" / f"{month:%Y-%m}{tag}.csv"
        path.parent.mkdir(exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["ticket", "customer", "day", "channel", "team", "speed", "attitude"])
            for channel in CHANNELS:
                for number in range(n):
                    day = month + timedelta(days=dice.randrange(28))
                    speed = _level(dice, means.get(channel, 3.6))
                    name = f"{channel}-{number % 4}"
                    ticket = f"{month:%Y%m}{tag}-{channel}-{number}"
                    row = [ticket, f"c{number}", day, channel, name, speed, _level(dice, 3.8)]
                    rows.writerow(row)


def _level(dice: random.Random, mean: float) -> int:
    return min(5, max(1, round(dice.gauss(mean, 1.0))))


def build(root: Path) -> Desk:
    """A workspace with nine months of ratings; phone is slow all along."""
    (root / "rubrics").mkdir(parents=True)
    (root / "workflows").mkdir()
    (root / "loopqa.yaml").write_text("time_zone: Asia/Shanghai\nlanguages: [en, zh]\n")
    (root / "rubrics" / "desk.yaml").write_text(RUBRIC, encoding="utf-8")
    (root / "workflows" / "desk-monthly.yaml").write_text(WORKFLOW, encoding="utf-8")
    made = Desk(root)
    for month in range(1, 9):
        made.rate(date(2026, month, 1), {"phone": 2.6})
    made.rate(date(2026, 9, 1), {"phone": 2.5})
    return made


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A workspace of its own for one test."""
    return build(tmp_path)


@pytest.fixture(scope="session")
def make_desk() -> Callable[[Path], Desk]:
    """Builds workspaces in a given folder."""
    return build
