"""A month of the made-up service as the three files that other systems would export."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from loopqa.engine.demo.service import CHANNELS, DIMENSIONS, ISSUES, Month

#: minutes to the first answer that a level stands for, from and up to (the rubric's bands)
MINUTES = {5: (1, 15), 4: (16, 120), 3: (121, 480), 2: (481, 1440), 1: (1441, 4300)}
COMMON = ("channel", "issue_type", "team")
REVIEWS = ("professionalism", "communication", "compliance")


def write_month(folder: Path, month: Month) -> int:
    """Write ratings, tickets and reviews into ``folder``; how many ratings there are."""
    folder.mkdir(parents=True, exist_ok=True)
    label = f"{month.first:%Y-%m}"
    ratings, tickets = list(_ratings(month)), _tickets(month)
    asked = ("ticket", "customer", "answered_on", *COMMON, *DIMENSIONS)
    times = ("ticket", "customer", *COMMON, "opened", "responded", "first_contact")
    seen = ("ticket", "served_on", *COMMON, *(f"qa_{one}" for one in REVIEWS), "called_back")
    _write(folder / f"ratings-{label}.csv", asked, ratings)
    _write(folder / f"tickets-{label}.csv", times, tickets)
    _write(folder / f"reviews-{label}.csv", seen, _reviews(month))
    return len(ratings)


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def _ratings(month: Month) -> Iterator[list[object]]:
    for number in month.answered.nonzero()[0].tolist():
        ticket, customer = _who(month, number)
        scores = [int(month.ratings[one][number]) for one in DIMENSIONS]
        day = f"{_opened(month, number):%Y-%m-%d}"
        yield [ticket, customer, day, *_where(month, number), *scores]


def _tickets(month: Month) -> Iterator[list[object]]:
    for number in range(len(month.channel)):
        opened = _opened(month, number)
        low, high = MINUTES[int(month.internal["responsiveness"][number])]
        minutes = low + (high - low) * float(month.fraction[number])
        responded = opened + timedelta(minutes=int(minutes))
        solved = "yes" if month.internal["resolution"][number] > 1 else "no"
        times = [f"{moment:%Y-%m-%d %H:%M}" for moment in (opened, responded)]
        yield [*_who(month, number), *_where(month, number), *times, solved]


def _reviews(month: Month) -> Iterator[list[object]]:
    for number in month.reviewed.nonzero()[0].tolist():
        levels = [int(month.internal[one][number]) for one in REVIEWS]
        called = "yes" if levels[-1] > 3 else "no"
        ticket, day = _who(month, number)[0], f"{_opened(month, number):%Y-%m-%d}"
        yield [ticket, day, *_where(month, number), *levels, called]


def _who(month: Month, number: int) -> tuple[str, str]:
    return f"T{month.first:%y%m}{number:04}", f"K{int(month.customer[number]):04}"


def _where(month: Month, number: int) -> tuple[str, str, str]:
    channel = CHANNELS[int(month.channel[number])]
    return channel, ISSUES[int(month.issue[number])], f"{channel} {int(month.team[number]) + 1}"


def _opened(month: Month, number: int) -> datetime:
    day, minute = int(month.day[number]), 480 + number * 7 % 600
    start = datetime(month.first.year, month.first.month, day)  # noqa: DTZ001 - as exports write it
    return start + timedelta(minutes=minute)
