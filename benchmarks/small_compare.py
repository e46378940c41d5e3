"""`compare` on a CSV of 2,000 rows in a warm process, beside plain pandas and scipy code.

Both read the same file anew each time, cut two months, set the phone channel against the others and
give, for five dimensions, means, the Welch interval, the difference in differences and the effect
size. LoopQA does more (coding rules, clusters, the flag correction, a verdict in words).

    python benchmarks/small_compare.py [RUNS]
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import pandas as pd
from scipy import stats

from loopqa import compare

ROWS = 2_000
DIMENSIONS = ("attitude", "speed", "expertise", "solution", "experience")
BEFORE, AFTER = ("2026-01-01", "2026-01-28"), ("2026-03-01", "2026-03-28")
RUBRIC = (
    "rubric: bench\n"
    'version: "1"\n'
    "scale: {low: 1, high: 5}\n"
    "boxes: {top: [4, 5], bottom: [1, 2]}\n"
    'defaults: {rater: customer, score: {type: rating}, missing: [""]}\n'
    "dimensions:\n"
) + "".join(f"  {each}: {{column: {each}}}\n" for each in DIMENSIONS)


def write_ratings(path: Path) -> None:
    """2,000 rows, half in each month, a third of them by phone, four teams a channel."""
    random = Random(7)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("answered_on", "channel", "team", *DIMENSIONS))
        for row in range(ROWS):
            month = "01" if row % 2 else "03"
            channel = random.choice(("phone", "chat", "mail"))
            ratings = [min(5, max(1, round(random.gauss(3.3, 1.1)))) for _ in DIMENSIONS]
            day = f"2026-{month}-{random.randint(1, 28):02}"
            writer.writerow((day, channel, f"{channel}{random.randint(1, 4)}", *ratings))


def by_hand(path: Path) -> list[tuple[object, ...]]:
    """What an analyst would write with pandas and scipy."""
    frame = pd.read_csv(path)
    before = frame[frame.answered_on.between(*BEFORE)]
    after = frame[frame.answered_on.between(*AFTER)]
    answers = []
    for each in DIMENSIONS:
        groups = {
            name: (before.loc[chosen(before), each], after.loc[chosen(after), each])
            for name, chosen in (
                ("scope", lambda part: part.channel == "phone"),
                ("comparison", lambda part: part.channel != "phone"),
            )
        }
        first, second = groups["scope"]
        welch = stats.ttest_ind(second, first, equal_var=False)
        interval = welch.confidence_interval(0.95)
        changes = {name: late.mean() - early.mean() for name, (early, late) in groups.items()}
        effect = stats.brunnermunzel(first, second)
        answers.append((each, changes, welch.pvalue, interval.low, interval.high, effect.pvalue))
    return answers


def milliseconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = perf_counter()
    work()
    return (perf_counter() - start) * 1000


def main(runs: int) -> None:
    """Warm both up, run them in turn, and print the medians and their ratio."""
    with TemporaryDirectory() as folder:
        ratings, rubric = Path(folder, "ratings.csv"), Path(folder, "bench.yaml")
        write_ratings(ratings)
        rubric.write_text(RUBRIC, encoding="utf-8")

        def ours() -> object:
            return compare(
                rubric,
                ratings,
                before="..".join(BEFORE),
                after="..".join(AFTER),
                at="answered_on",
                scope={"channel": "phone"},
                cluster="team",
            )

        def theirs() -> object:
            return by_hand(ratings)

        ours(), theirs()
        times = [(milliseconds(ours), milliseconds(theirs)) for _ in range(runs)]
    loopqa, plain = (median(column) for column in zip(*times, strict=True))
    print(
        f"compare on {ROWS} rows: {loopqa:.0f} ms; pandas and scipy: {plain:.0f} ms; "
        f"ratio {loopqa / plain:.2f}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
