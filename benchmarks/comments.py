"""Themes and cases of one finding, looked for in a window with a million comments: time and memory.

The window is run and frozen first; what is measured is done in a process of its own, from the
snapshot on: reading it, scoring its cases, sampling the comments, counting words in two languages.

    python benchmarks/comments.py [--cases 1000000]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from loopqa.calc.detection.findings import MergedCandidate
from loopqa.engine.behind import Voices
from loopqa.engine.clock import Clock
from loopqa.engine.run import run_workflow
from loopqa.engine.waves import score_windows, thaw
from loopqa.engine.workspace import Workspace
from loopqa.model.cycle import FindingGrade
from loopqa.model.workflow import PluginSpec
from loopqa.plugin import AnalyseContext

RUBRIC = """\
rubric: desk
scale: {low: 1, high: 5}
finding: {below: 3}
dimensions:
  speed: {column: speed, keywords: {en: [slow, wait], zh: [慢, 等]}}
"""
WORKFLOW = """\
workflow: desk
rubric: desk
window: {previous: month}
inputs:
  ratings:
    type: parquet
    path: ratings.parquet
    rater: customer
    map: {case: ticket, customer: customer, at: day, comment: remark}
segments: [channel]
"""
WORDS = 5_000  #: in the vocabulary, used as often as words are (Zipf)
PHRASES = ("the queue was endless", "nobody answered", "一直没人接，等了很久", "太慢了，态度也差")


def prepare(root: Path, cases: int) -> None:
    """A workspace whose last month has that many commented ratings; the month is run."""
    (root / "rubrics").mkdir()
    (root / "workflows").mkdir()
    (root / "loopqa.yaml").write_text("time_zone: UTC\n")
    (root / "rubrics" / "desk.yaml").write_text(RUBRIC, encoding="utf-8")
    (root / "workflows" / "desk.yaml").write_text(WORKFLOW, encoding="utf-8")
    pq.write_table(ratings(cases), root / "ratings.parquet")
    with opened(root) as ws:
        run_workflow(ws, "desk")


def ratings(cases: int) -> pa.Table:
    """Made-up ratings; low ones hold a phrase of their own in one of two cases."""
    dice = np.random.default_rng(3)
    vocabulary = np.array([f"w{chr(97 + at % 26)}{at:x}".translate(LETTERS) for at in range(WORDS)])
    picked = vocabulary[np.minimum(dice.zipf(1.3, (cases, 12)), WORDS) - 1]
    speed = np.clip(np.rint(dice.normal(2.8, 1.1, cases)), 1, 5).astype(int)
    phrase = np.where((speed <= 2) & (dice.random(cases) < 0.5), dice.integers(0, 4, cases), -1)
    remarks = [
        " ".join(words) + (f". {PHRASES[one]}" if one >= 0 else "")
        for words, one in zip(picked.tolist(), phrase.tolist(), strict=True)
    ]
    days = [f"2026-09-{day:02}" for day in (np.arange(cases) % 30 + 1).tolist()]
    return pa.table(
        {
            "ticket": [f"T{at}" for at in range(cases)],
            "customer": [f"C{one}" for one in dice.integers(0, cases, cases).tolist()],
            "day": days,
            "channel": np.array(["phone", "chat"])[dice.integers(0, 2, cases)],
            "speed": speed,
            "remark": remarks,
        }
    )


LETTERS = str.maketrans("0123456789", "ghijklmnop")


def opened(root: Path) -> Workspace:
    """The workspace in the month after."""
    return Workspace.open(root, clock=Clock(datetime(2026, 10, 4, tzinfo=UTC)), actor="bench")


def measure(root: Path) -> None:
    """Ask both analysers about one finding, and print what that took beyond the imports."""
    process = psutil.Process()
    with opened(root) as ws:
        used = ws.standard(ws.workflow("desk"))
        with ws.reading() as reader:
            (wave,) = reader.waves()
        before = process.memory_info().rss
        label = str(wave.window)
        cases = thaw(ws, used, wave)
        scored = score_windows(ws, used, {label: cases})[label]
        cell = MergedCandidate("speed", "speed", (), FindingGrade.OBSERVED, (), 1000, 2.8)
        behind = Voices(ws.backend, used, cases, f"desk {label}").of(cell)
        context = AnalyseContext(
            used.rubric, scored.card, scored.segments, scored.tally, label, cell,
            np.random.default_rng(1), **behind,
        )  # fmt: skip
        for name in ("themes", "cases"):
            start = process_time()
            insight = used.host.make_analyser(PluginSpec(name, {})).analyse(context)
            assert insight is not None
            print(f"{name:<8} {process_time() - start:5.1f} CPU s   {insight.text.render('en')}")
        print(f"memory   {(peak() - before) / 2**20:5.0f} MB beyond the imports, at most")


def peak() -> int:
    """Most memory this process ever had, in bytes."""
    status = Path("/proc/self/status").read_text()
    line = next(one for one in status.splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def main() -> None:
    """Prepare, then measure in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        measure(asked.measure)
        return
    with TemporaryDirectory() as folder:
        prepare(Path(folder), asked.cases)
        print(f"{asked.cases} cases with comments, one finding", flush=True)
        subprocess.run([sys.executable, __file__, "--measure", folder], check=True)


if __name__ == "__main__":
    main()
