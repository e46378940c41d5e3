"""Make the ratings of the `hotline` template: a service desk whose truth is known.

Ten months, three channels of four teams each, ratings of 1 to 5. Callers of the phone channel find
the response slow. From March 2026 on, one thing is really better: the response on the phone, by
0.9 standard deviations of what a customer feels (the action of the tutorial ends in February).
Nothing else changes, apart from what chance does to agents and months.

    python docs/made_up_hotline.py > workflows/hotline/data/ratings.csv
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

CHANNELS = {"phone": "P", "chat": "C", "mail": "M"}
TEAMS = range(1, 5)  #: of each channel
DIMENSIONS = ("attitude", "responsiveness", "solution")
MONTHS = [date(2025, month, 1) for month in range(7, 13)] + [
    date(2026, month, 1) for month in range(1, 5)
]
BETTER_FROM = date(2026, 3, 1)
EFFECT = 0.9
LEVEL = {"attitude": 0.9, "responsiveness": 0.6, "solution": 0.5}  #: average of what is felt
SLOW_PHONE = -0.95
CUTS = (-1.2, -0.4, 0.4, 1.2)  #: where a feeling becomes the next better rating
ANSWERS = 20  #: of each team and month, on average
UNANSWERED = 0.04


def felt(dimension: str, channel: str, month: date) -> float:
    """Average feeling about one dimension in one channel and month, before chance."""
    level = LEVEL[dimension]
    if channel == "phone" and dimension == "responsiveness":
        level += SLOW_PHONE + (EFFECT if month >= BETTER_FROM else 0.0)
    return level


def rating(feeling: float) -> int:
    """The rating of 1 to 5 that a feeling becomes."""
    return 1 + sum(feeling > cut for cut in CUTS)


def answers(random: Random) -> Iterator[tuple[object, ...]]:
    """The rows of the file, month by month and day by day."""
    ticket = 10_000
    for month in MONTHS:
        for day, channel, team, shock in sorted(contacts(random, month)):
            ticket += random.randint(1, 9)
            customer = random.gauss(0, 0.5)
            given = [
                rating(felt(each, channel, month) + shock + customer + random.gauss(0, 0.85))
                if random.random() > UNANSWERED
                else ""
                for each in DIMENSIONS
            ]
            yield ticket, f"K{random.randint(1, 1500):04}", day, channel, team, *given


def contacts(random: Random, month: date) -> Iterator[tuple[date, str, str, float]]:
    """(day, channel, team, shock of the team in this month) of every rated contact."""
    for channel, letter in CHANNELS.items():
        for number in TEAMS:
            shock = random.gauss(0, 0.06)
            for _ in range(ANSWERS + random.randint(-4, 4)):
                yield month + timedelta(random.randrange(28)), channel, f"{letter}{number}", shock


def main() -> None:
    """Write the file to standard output."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("ticket", "customer", "answered_on", "channel", "team", *DIMENSIONS))
    writer.writerows(answers(Random(20260401)))


if __name__ == "__main__":
    main()
