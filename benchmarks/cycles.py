"""Cycles a second through `compare`, beside plain pandas and scipy code on the same CSV files.

Three simulated organisations (small, middle, large) with eight months of history. Both read the
file anew each time. By hand, the scope's cell is cut from the frame, tested before against after
with Welch and Brunner-Munzel, and set against the other channels and the history's months. LoopQA
judges every dimension, by team, with the comparison and the history. Twice: with a fresh sample,
and with the same customers asked again. Time is CPU time, so that a busy machine shows less.

    python benchmarks/cycles.py [RUNS]
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time

import pandas as pd
from scipy import stats

from loopqa import compare

MONTHS = tuple(f"2025-{month:02}" for month in range(1, 11))
HISTORY, BEFORE, AFTER = MONTHS[:8], MONTHS[8], MONTHS[9]
TEAMS = 4  #: of each channel


@dataclass(frozen=True)
class Size:
    """How large a simulated organisation is."""

    name: str
    channels: int
    dimensions: int
    customers: int

    @property
    def names(self) -> tuple[str, ...]:
        """Of its dimensions."""
        return tuple(f"d{number}" for number in range(self.dimensions))

    @property
    def rows(self) -> int:
        """In its file."""
        return self.customers * len(MONTHS)


SIZES = (Size("small", 2, 1, 200), Size("middle", 4, 4, 500), Size("large", 8, 8, 1_500))


def window(month: str) -> str:
    """The days of a month as both sides write them."""
    return f"{month}-01..{month}-28"


def write_rubric(path: Path, size: Size) -> None:
    """Ratings of 1 to 5 on every dimension."""
    head = 'rubric: bench\nversion: "1"\nscale: {low: 1, high: 5}\ndimensions:\n'
    lines = "".join(f"  {name}: {{column: {name}}}\n" for name in size.names)
    path.write_text(head + lines, encoding="utf-8")


def write_ratings(path: Path, size: Size) -> None:
    """Every customer answers every month and always meets the same team."""
    random = Random(7)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("day", "customer", "channel", "team", *size.names))
        for month in MONTHS:
            for customer in range(size.customers):
                channel, team = customer % size.channels, customer % (size.channels * TEAMS)
                ratings = [min(5, max(1, round(random.gauss(3.3, 1.1)))) for _ in size.names]
                day = f"{month}-{random.randint(1, 28):02}"
                writer.writerow((day, f"c{customer}", f"C{channel}", f"T{team}", *ratings))


def by_hand(path: Path, size: Size) -> list[tuple[object, ...]]:
    """What an analyst would write with pandas and scipy for each dimension."""
    frame = pd.read_csv(path)
    months = frame.groupby(frame.day.str.slice(0, 7))
    before, after = months.get_group(BEFORE), months.get_group(AFTER)
    answers: list[tuple[object, ...]] = []
    for each in size.names:
        first, second = (part.loc[part.channel == "C0", each] for part in (before, after))
        others = [part.loc[part.channel != "C0", each].mean() for part in (before, after)]
        welch = stats.ttest_ind(second, first, equal_var=False)
        interval = welch.confidence_interval(0.95)
        effect = stats.brunnermunzel(first, second)
        drift = months[each].mean().loc[list(HISTORY)].std()
        change = second.mean() - first.mean() - (others[1] - others[0])
        answers.append((each, change, interval.low, interval.high, effect.pvalue, drift))
    return answers


def judged(path: Path, rubric: Path, asked: str) -> object:
    """The same question to LoopQA."""
    return compare(
        rubric,
        path,
        before=window(BEFORE),
        after=window(AFTER),
        history=[window(month) for month in HISTORY],
        at="day",
        scope={"channel": "C0"},
        cluster="team",
        customer="customer",
        asked=asked,
    )


def seconds(work: Callable[[], object]) -> float:
    """CPU time of one call."""
    start = process_time()
    work()
    return process_time() - start


def timed(size: Size, folder: Path, runs: int) -> tuple[float, ...]:
    """Median seconds with a fresh sample, with the same customers, and by hand; run in turn."""
    ratings, rubric = folder / f"{size.name}.csv", folder / f"{size.name}.yaml"
    write_ratings(ratings, size)
    write_rubric(rubric, size)
    works: tuple[Callable[[], object], ...] = (
        lambda: judged(ratings, rubric, "random"),
        lambda: judged(ratings, rubric, "same"),
        lambda: by_hand(ratings, size),
    )
    for work in works:
        work()
    times = [[seconds(work) for work in works] for _ in range(runs)]
    return tuple(median(column) for column in zip(*times, strict=True))


def main(runs: int) -> None:
    """One line a size: cycles a second, and the ratio of the times to those by hand."""
    with TemporaryDirectory() as folder:
        for size in SIZES:
            fresh, same, plain = timed(size, Path(folder), runs)
            print(
                f"{size.name} ({size.channels} channels, {size.dimensions} dimensions, "
                f"{size.rows} rows): {1 / fresh:.0f} cycles a second, {1 / same:.0f} with the same "
                f"customers; pandas and scipy: {1 / plain:.0f}; "
                f"ratio of times {fresh / plain:.1f} and {same / plain:.1f}"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
