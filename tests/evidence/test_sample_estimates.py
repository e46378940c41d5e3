"""Draw, review, weigh: over many draws the estimate hits the population, and its interval covers.

Oracle: the population itself, which the reviewer of these tests can see in full.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from loopqa.calc.sampling import allocation
from loopqa.calc.strata import Stratum, stratified
from loopqa.evidence.backend import Backend
from loopqa.evidence.cases import Cases
from loopqa.evidence.sampling import draw, population_of
from loopqa.model.score import Rows
from loopqa.model.tally import Moments
from loopqa.model.workflow import Sample

DRAWS = 400
RULE = Sample("tickets", "reviews", ("kind",), share=0.10, at_least=30)
#: stratum → cases, and how likely the marks 1 to 5 are: small complaints, many calm enquiries
WORLD = {
    "complaint": (80, (0.30, 0.30, 0.20, 0.15, 0.05)),
    "enquiry": (240, (0.02, 0.08, 0.20, 0.40, 0.30)),
    "repair": (45, (0.20, 0.10, 0.10, 0.20, 0.40)),
}


def test_the_estimate_is_unbiased_and_its_interval_covers_as_often_as_it_says():
    dice = np.random.default_rng(11)
    marks = {
        f"{kind}-{number}": int(mark)
        for kind, (size, odds) in WORLD.items()
        for number, mark in enumerate(dice.choice(5, size, p=odds) + 1)
    }
    truth = np.mean(list(marks.values()))
    backend = Backend()
    population = population_of(backend, _cases(list(marks)), ["kind"])
    quotas = allocation(population.sizes, RULE)
    means, plain, variances, covered = [], [], [], 0
    for seed in range(DRAWS):
        table = draw(backend, population, quotas, seed).table
        answers: dict[str, list[float]] = {}
        for case in table["case"].to_pylist():
            answers.setdefault(case.partition("-")[0], []).append(float(marks[case]))
        found = stratified(
            Stratum(population.sizes[kind], Moments.of(of)) for kind, of in answers.items()
        )
        low, high = found.interval()
        covered += low <= truth <= high
        means.append(found.mean)
        variances.append(found.variance)
        plain.append(np.mean([mark for of in answers.values() for mark in of]))
    error = np.std(means, ddof=1)
    assert abs(np.mean(means) - truth) < 3 * error / np.sqrt(DRAWS)
    assert abs(np.mean(plain) - truth) > 10 * error / np.sqrt(DRAWS)  # without weights: biased
    assert np.mean(variances) == pytest.approx(error**2, rel=0.15)
    assert 0.93 <= covered / DRAWS <= 0.98


def _cases(numbers: list[str]) -> Cases:
    table = pa.table(
        {
            "case": numbers,
            "at": pa.array([date(2026, 9, 1)] * len(numbers)).cast(pa.timestamp("us")),
            "kind": [one.partition("-")[0] for one in numbers],
        }
    )
    return Cases(table, Rows(len(numbers), len(numbers), 0))
