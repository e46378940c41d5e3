"""How often the after-sales story ends as it is told: `python benchmarks/story.py [SEEDS]`.

Each seed is a service of its own and goes through the whole loop; nothing but the seed differs from
`loopqa demo --story after-sales`. Takes about 12 seconds a seed.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from loopqa.engine.demo.after_sales import Lesson, Told, after_sales


def lessons(seed: int) -> tuple[Lesson, ...]:
    """What the story of one seed teaches."""
    with TemporaryDirectory(prefix="loopqa-story-") as folder:
        steps: Iterator[object] = after_sales(Path(folder), seed)
        return next(one.lessons for one in steps if isinstance(one, Told))


def main(seeds: int) -> None:
    """Tell the story once a seed and count what was said."""
    counts: dict[str, Counter[str]] = {}
    missed: list[int] = []
    covered = 0
    for seed in range(1, seeds + 1):
        try:
            told = lessons(seed)
        except LookupError:
            missed.append(seed)
            continue
        for name, one in zip(("real", "placebo"), told, strict=True):
            judged = one.verdict.judgement
            low, high = judged.interval or (0.0, 0.0)
            covered += low <= one.truth <= high
            counts.setdefault(f"{name}: naive", Counter())[one.naive.says.value] += 1
            counts.setdefault(f"{name}: LoopQA", Counter())[judged.outcome.value] += 1
        print(seed, *(f"{one.verdict.outcome.value}" for one in told), flush=True)
    for name, counter in counts.items():
        print(f"{name:18}", dict(counter))
    print(f"the 90 % interval holds the truth: {covered} of {2 * (seeds - len(missed))}")
    print(f"seeds in which a cell was not found low: {missed}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
