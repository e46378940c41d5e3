"""A desk whose customers leave remarks: what low answers speak of is known."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

LOW = (
    "the queue was endless, call me 0138-0000-1234",
    "一直没人接，等了很久",
    "<script>alert(1)</script> waiting 😡",
)
ANY = ("fine", "friendly colleague", "还可以", "服务热情", "price is high")
ANALYSE = "[{type: themes}, {type: cases, count: 2}]"
CAUSES = (
    "causes: [staffing, tooling], cause_words: {staffing: {en: [queue], zh: [没人接]}}, "
    "keywords: {en: [slow, wait], zh: [慢, 等]}, "
)


def leave_remarks(desk: Any, remark: Callable[[random.Random, int], str] | None = None) -> None:
    """Give four of five ratings a remark, by default one that fits the score of speed."""
    for file in sorted((desk.root / "data").glob("*.csv")):
        _commented(file, remark or _fitting)
    _change(
        desk.root / "workflows" / "desk-monthly.yaml",
        ("at: day}", "at: day, comment: remark}"),
        ("history: 8 months\n", ""),
        ("cluster: [team]", f"cluster: [team]\nanalyse: {ANALYSE}"),
    )
    _change(desk.root / "rubrics" / "desk.yaml", ("zh: 速度}, ", "zh: 速度}, " + CAUSES))


def _fitting(dice: random.Random, speed: int) -> str:
    if dice.random() >= 0.8:
        return ""
    return dice.choice(LOW if speed <= 2 and dice.random() < 0.8 else ANY)


def _commented(file: Path, remark: Callable[[random.Random, int], str]) -> None:
    dice = random.Random(file.name)
    with file.open(encoding="utf-8", newline="") as opened:
        header, *rows = csv.reader(opened)
    speed = header.index("speed")
    with file.open("w", encoding="utf-8", newline="") as opened:
        lines = csv.writer(opened)
        lines.writerow([*header, "remark"])
        lines.writerows([*row, remark(dice, int(row[speed]))] for row in rows)


def _change(path: Path, *changes: tuple[str, str]) -> None:
    written = path.read_text("utf-8")
    for before, after in changes:
        assert before in written
        written = written.replace(before, after)
    path.write_text(written, "utf-8")
