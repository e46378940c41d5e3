"""KPIs through ``compare``: their own unit, the right direction, pairs, zeros and the engine."""

from __future__ import annotations

import math

import numpy as np
import pytest
from click.testing import CliRunner

from loopqa import compare
from loopqa.cli.root import root
from loopqa.define.rubric import load_rubric
from loopqa.errors import DefinitionError
from loopqa.evidence.backend import shared_backend
from loopqa.evidence.counting import bin_query
from loopqa.evidence.shapes import Binned, Coded, Reading, Shape
from loopqa.model.coding import State
from loopqa.model.rubric import Condition
from loopqa.model.tally import BIN_RATIO, NEGATIVE_BIN, ZERO_BIN
from loopqa.plugin.host import builtin_host

HEAD = """\
rubric: kpi
version: "1"
title: {en: KPIs}
scale: {low: 0, high: 100}
decide: {material_change: 5, local_drift: 2}
dimensions:
"""
ATTAINED = "{type: attainment, floor: 60, target: 5}"
DIMENSIONS = f"""\
  median: {{title: {{en: a}}, indicators: {{t: {{column: t, unit: min, aggregate: median, score: {ATTAINED}}}}}}}
  mean: {{title: {{en: b}}, indicators: {{t: {{column: t, unit: min, score: {ATTAINED}}}}}}}
  p90: {{title: {{en: c}}, indicators: {{t: {{column: t, unit: min, aggregate: p90, target: "<= 30", score: none}}}}}}
  nps: {{title: {{en: d}}, indicators: {{n: {{column: nps, aggregate: nps, low: 0, high: 10, score: {{type: attainment, floor: 0, target: 40}}}}}}}}
  repeat: {{title: {{en: e}}, indicators: {{r: {{column: again, aggregate: share, target: "<= 10", score: {{type: attainment, floor: 30, target: 10}}}}}}}}
"""  # noqa: E501


@pytest.fixture
def kpis(tmp_path):
    def write(dimensions=DIMENSIONS):
        path = tmp_path / "kpi.yaml"
        path.write_text(HEAD + dimensions, encoding="utf-8")
        return path

    return write


def cases(effect=0.5, per_team=40, months=10, seed=1):
    """Ten months of three channels with four teams; in the last one phone gets better."""
    random = np.random.default_rng(seed)
    rows = []
    for month in range(1, months + 1):
        for channel in ("phone", "chat", "mail"):
            for team in range(4):
                for customer in range(per_team):
                    z = random.normal(effect if (channel, month) == ("phone", months) else 0.0)
                    rows.append(
                        {
                            "at": f"2026-{month:02}-10",
                            "channel": channel,
                            "team": f"{channel}{team}",
                            "customer": f"{channel}{team}-{customer}",
                            "t": f"{math.exp(3 - 0.8 * z):.1f}",
                            "nps": str(int(np.clip(round(7.5 + 2 * z), 0, 10))),
                            "again": str(int(random.normal(0.8 * z) < -1.0)),
                        }
                    )
    return rows


def table(rows):
    import pandas as pd

    return pd.DataFrame(rows)


def month(number):
    return f"2026-{number:02}-01..2026-{number:02}-28"


def verdicts(rubric, rows, **more):
    options = {
        "before": month(9),
        "after": month(10),
        "history": [month(one) for one in range(1, 9)],
        "at": "at",
        "scope": {"channel": "phone"},
        "cluster": "team",
        "flagged": "named",
    } | more
    return {one.about: one for one in compare(rubric, table(rows), **options).verdicts}


def test_every_kpi_is_judged_in_its_own_unit_and_improved_means_better(kpis):
    found = verdicts(kpis(), cases(effect=1.0))
    assert {name: one.outcome.value for name, one in found.items()} == dict.fromkeys(
        ("median", "mean", "p90", "nps", "repeat"), "improved"
    )
    units = {name: (one.unit, one.change_unit, one.ratio) for name, one in found.items()}
    assert units == {
        "median": ("min", "%", True),
        "mean": ("min", "%", True),
        "p90": ("%", "pp", False),
        "nps": ("points", "NPS points", False),
        "repeat": ("%", "pp", False),
    }
    signs = {name: (one.score_change.value, one.estimate > 0) for name, one in found.items()}
    assert signs == {
        "median": ("down", False),
        "mean": ("down", False),
        "p90": ("up", True),
        "nps": ("up", True),
        "repeat": ("down", False),
    }
    # 0.8 log units for one standard deviation: 55 % faster
    low, high = found["median"].interval
    assert low < 100 * math.expm1(-0.8) < high < 0
    assert found["mean"].effect_size.p_superiority > 0.5
    document = found["median"].to_dict()
    assert document["indicator"] == "median.t"
    assert document["material_change"] == pytest.approx(10)
    assert document["quantile"]["name"] == "median"
    assert document["quantile"]["before"]["value"] > document["quantile"]["after"]["value"]


def test_the_same_customers_are_paired_by_the_ratio_of_their_times(kpis):
    random = np.random.default_rng(6)
    rows = []
    for number in range(60):
        speed = random.normal(0, 0.6)
        for at in ("2026-09-10", "2026-10-10"):
            t = round(math.exp(3 + speed + random.normal(0, 0.3)), 1)
            team = f"T{number % 6}"
            channel = "phone" if number % 6 < 3 else "chat"
            rows.append(
                {"at": at, "channel": channel, "team": team, "customer": number, "t": str(t)}
            )
    frame = table(rows)
    only = kpis("  wait: {title: {en: w}, indicators: {t: {column: t, unit: min, score: none}}}\n")
    verdict = verdicts(only, rows, asked="same", customer="customer", history=None)["wait"]
    wide = frame.assign(log=np.log(frame.t.astype(float))).pivot(
        index=["customer", "channel"], columns="at", values="log"
    )
    change = (wide["2026-10-10"] - wide["2026-09-10"]).groupby("channel").mean()
    assert verdict.design == "same+comparison"
    assert verdict.estimate == pytest.approx(
        100 * math.expm1(change["phone"] - change["chat"]), abs=0.02
    )
    assert any("less is taken to be better" in one.template for one in verdict.assumptions)


def test_shares_and_promoters_are_paired_by_customer_too(kpis):
    random = np.random.default_rng(9)
    rows = [
        {"at": at, "channel": channel, "team": f"{channel}{number % 3}", "customer": number}
        | {"again": str(random.integers(0, 2)), "nps": str(random.integers(0, 11))}
        for number, channel in enumerate(["phone"] * 45 + ["chat"] * 45)
        for at in ("2026-09-10", "2026-10-10")
    ]
    two = kpis(
        "  again: {title: {en: a}, indicators: {r: {column: again, aggregate: share, "
        'target: "<= 10", score: none}}}\n'
        "  likely: {title: {en: l}, indicators: {n: {column: nps, aggregate: nps, low: 0, "
        "high: 10, score: none}}}\n"
    )
    found = verdicts(two, rows, asked="same", customer="customer", history=None)
    frame = table(rows)
    frame["share"] = 100.0 * frame.again.astype(int)
    frame["net"] = frame.nps.astype(int).map(lambda n: 100.0 if n >= 9 else -100.0 * (n <= 6))
    for name, column in (("again", "share"), ("likely", "net")):
        wide = frame.pivot(index=["customer", "channel"], columns="at", values=column)
        change = (wide["2026-10-10"] - wide["2026-09-10"]).groupby("channel").mean()
        assert found[name].design == "same+comparison"
        assert found[name].estimate == pytest.approx(change["phone"] - change["chat"])
        assert found[name].before.n == 45


def test_low_scorers_are_not_picked_by_a_unit_that_has_no_low_scores(kpis):
    only = kpis("  wait: {title: {en: w}, indicators: {t: {column: t, unit: min, score: none}}}\n")
    verdict = verdicts(only, cases(), asked="low", customer="customer")["wait"]
    assert (verdict.outcome.value, verdict.estimate) == ("inconclusive", None)


def test_zero_times_of_paired_customers_count_alike_in_both_periods(kpis):
    times = {"2026-09-10": [0.0, 4.0, 8.0] * 20, "2026-10-10": [0.0, 8.0, 16.0] * 20}
    rows = [
        {"at": at, "channel": "phone" if number % 2 else "chat", "team": number % 6}
        | {"customer": number, "t": str(t)}
        for at, several in times.items()
        for number, t in enumerate([*several, *[5.0] * 180])
    ]
    only = kpis("  wait: {title: {en: w}, indicators: {t: {column: t, unit: min, score: none}}}\n")
    verdict = verdicts(only, rows, asked="same", customer="customer", history=None)["wait"]
    # a third of the first 60 stay at 0, two thirds double; the 180 others stay
    assert verdict.change.difference == pytest.approx(100 * (2 ** (40 / 240) - 1), abs=0.02)


def test_a_time_between_two_columns_is_judged_by_its_ratio(kpis):
    rows = [
        {
            "at": f"2026-{month:02}-10",
            "channel": channel,
            "team": f"{channel}{number % 4}",
            "customer": number,
            "opened": f"2026-{month:02}-10 08:00:00",
            "closed": f"2026-{month:02}-10 08:{10 + number % 30:02}:00",
        }
        for month in (9, 10)
        for channel in ("phone", "chat")
        for number in range(60)
    ]
    only = kpis(
        "  wait: {title: {en: w}, indicators: {t: {minutes: {from: opened, to: closed}, "
        "aggregate: median, score: none}}}\n"
    )
    logs = np.log([10 + number % 30 for number in range(60)])
    for asked in ("random", "same"):
        verdict = verdicts(only, rows, asked=asked, customer="customer", history=None)["wait"]
        assert (verdict.unit, verdict.change_unit) == ("min", "%")
        assert verdict.before.mean == pytest.approx(math.exp(logs.mean()), rel=1e-3)
        assert verdict.change.difference == pytest.approx(0.0, abs=1e-9)


def test_unscored_indicators_of_one_dimension_are_judged_one_by_one(kpis):
    two = kpis(
        "  care: {title: {en: c}, indicators: {t: {column: t, unit: min, score: none}, "
        "n: {column: nps, aggregate: nps, low: 0, high: 10, score: none}}}\n"
    )
    found = verdicts(two, cases())
    assert list(found) == ["care.t", "care.n"]
    assert {one.dimension for one in found.values()} == {"care"}
    assert all(any("one by one" in a.template for a in one.assumptions) for one in found.values())


def test_a_median_beside_a_share_is_not_left_out_of_the_verdict(kpis):
    both = kpis(
        f"  care: {{title: {{en: c}}, indicators: {{t: {{column: t, unit: min, aggregate: median, "
        f"score: {ATTAINED}}}, r: {{column: again, aggregate: share, "
        "score: {type: attainment, floor: 30, target: 10}}}}\n"
    )
    assert list(verdicts(both, cases())) == ["care.t", "care.r"]


def test_several_kpis_whose_cases_have_points_are_judged_together_in_points(kpis):
    both = kpis(
        f"  care: {{title: {{en: c}}, indicators: {{t: {{column: t, unit: min, score: {ATTAINED}}}"
        ", r: {column: again, aggregate: share, "
        "score: {type: attainment, floor: 30, target: 10}}}}\n"
    )
    found = verdicts(both, cases())
    assert list(found) == ["care"]
    assert (found["care"].indicator, found["care"].change_unit) == (None, "")


def test_an_indicator_may_say_which_change_matters(kpis):
    def material(written):
        lone = f"{{column: t, unit: min, score: none, material_change: {written}}}"
        path = kpis(f"  wait: {{title: {{en: w}}, indicators: {{t: {lone}}}}}\n")
        return verdicts(path, cases(0.0), history=None)["wait"].material

    assert material("25%") == pytest.approx(25)
    assert material("4") == pytest.approx(4)
    with pytest.raises(DefinitionError, match="'material_change' must be above 0"):
        material("0")
    with pytest.raises(DefinitionError, match="expected a number"):
        material("much")


def test_a_misspelt_material_change_is_told_how_it_is_written(tmp_path):
    path = tmp_path / "kpi.yaml"
    path.write_text(
        HEAD + "  wait: {title: {en: w}, indicators: {t: {column: t, material_chang: 3}}}\n",
        encoding="utf-8",
    )
    with pytest.raises(DefinitionError) as caught:
        load_rubric(path, builtin_host())
    assert "did you mean 'material_change'?" in str(caught.value)


def test_the_command_line_tells_each_change_with_its_unit(kpis, tmp_path):
    data = tmp_path / "cases.csv"
    table(cases()).to_csv(data, index=False)
    called = CliRunner().invoke(
        root,
        f"compare {kpis()} {data} --at at --scope channel=phone --before {month(9)} "
        f"--after {month(10)} --cluster team",
        env={"LOOPQA_LANG": "en", "COLUMNS": "160"},
    )
    assert called.exit_code == 0, called.output
    for unit in (" min", "]%", "] pp", "] NPS points", "median: before"):
        assert unit in called.output, called.output


def numbers_shape(within=None):
    reading = Reading(texts=(), levels=(), bands=(), valid=None, open=State.MISSING)
    one = Coded("speed.t", "speed.t", False, reading, ())
    binned = (Binned(0, within),)
    return Shape((one,), (), (), (), False, False, False, binned=binned)


def test_the_engine_bins_numbers_as_the_definition_says():
    import pyarrow as pa

    numbers = [-5, 0, 1, 2, 3, 999, 1000, 15_000, 15_001, 123_456_789, 10**12]
    cases = pa.table(
        {
            "_group": pa.array([0] * len(numbers), pa.int64()),
            "_window": pa.array([0] * len(numbers), pa.int32()),
            "speed.t": pa.array(numbers, pa.int64()),
        }
    )
    shape = numbers_shape(Condition("<=", 15.0))
    (rows,) = shared_backend().run({"cases": cases}, {(shape, "bins"): lambda: bin_query(shape)})
    found = {row[2]: (row[3], int(row[4]), int(row[5])) for row in rows}
    wanted: dict[int, tuple[int, int, int]] = {}
    for number in numbers:
        place = ZERO_BIN if number == 0 else NEGATIVE_BIN
        if number > 0:
            place = math.floor(math.log(number) / math.log(BIN_RATIO) + 1e-7)
        n, total, met = wanted.get(place, (0, 0, 0))
        wanted[place] = (n + 1, total + number, met + (number <= 15_000))
    assert found == wanted


def test_no_number_lies_so_near_the_end_of_a_bin_that_engines_could_disagree():
    """Logarithms of doubles agree to about 1e-15; ends of bins are far from whole numbers."""
    from decimal import Decimal, getcontext

    getcontext().prec = 60
    ratio, nudge = Decimal("1.05"), Decimal("1e-7")
    for place in range(1, 560):  # up to 7e11 thousandths
        end = (ratio.ln() * (place - nudge)).exp()
        distance = abs(end - end.to_integral_value()) / end
        assert distance > Decimal("1e-14"), place
