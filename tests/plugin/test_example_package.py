"""The example package as people use it: built, installed, found, run by a workflow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "plugins" / "loopqa-example-source"

Run = Callable[..., str]

RUBRIC = """
rubric: visits
version: "1"
title: {en: Mystery visits, zh: 神秘顾客访问}
scale: {low: 1, high: 5}
raters: {mystery: {}}
defaults: {rater: mystery, score: {type: rating}}
finding: {below: 3, min_n: 5}
dimensions:
  waiting: {title: {en: Waiting, zh: 等候}, column: waiting}
  greeting: {title: {en: Greeting, zh: 问候}, column: greeting}
"""

WORKFLOW = """
workflow: visits-monthly
rubric: visits
schedule: {every: month, day: 4, at: "06:00"}
window: {previous: month}
inputs:
  visits:
    type: visit_forms
    rater: mystery
    map: {case: visit, at: visited_at, team: shop, comment: remark}
segments: [team]
detect: [{type: below_threshold}]
report: {formats: [xlsx], languages: [en]}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the installed package, and nothing else."""
    folder = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    offline = ["--no-deps", "--no-build-isolation", "--no-index"]
    wheels = folder / "wheels"
    subprocess.run([*pip, "wheel", PACKAGE, *offline, "--wheel-dir", wheels], check=True)
    (wheel,) = wheels.glob("loopqa_example_source-*.whl")
    subprocess.run(
        [*pip, "install", wheel, "--no-deps", "--no-index", "--target", folder / "lib"], check=True
    )
    return folder / "lib"


@pytest.fixture
def run(site: Path, tmp_path: Path) -> Run:
    """Run ``loopqa`` in a workspace, with the package installed."""
    desk = tmp_path / "desk"
    for name, content in {
        "loopqa.yaml": "time_zone: Asia/Shanghai\n",
        "rubrics/visits.yaml": RUBRIC,
        "workflows/visits.yaml": WORKFLOW,
    }.items():
        (desk / name).parent.mkdir(parents=True, exist_ok=True)
        (desk / name).write_text(content, encoding="utf-8")
    (desk / "visits").mkdir()
    paths = os.pathsep.join((str(site), str(ROOT)))
    variables = {"PYTHONPATH": paths, "LOOPQA_LANG": "en", "LOOPQA_NOW": "2026-04-05"}

    def call(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "loopqa", *arguments],
            cwd=desk,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    return call


def leave_forms(folder: Path, waiting: int, numbers: range) -> None:
    """Forms of visits in March, as a form app syncs them."""
    for number in numbers:
        form = {
            "visit": f"V{number}",
            "visited_at": f"2026-03-{1 + number % 28:02}T10:00:00+08:00",
            "shop": "North" if number % 2 else "South",
            "answers": {"waiting": waiting, "greeting": 4},
        }
        (folder / f"{number}.json").write_text(json.dumps(form), encoding="utf-8")


def test_the_installed_package_is_listed_with_its_version(run: Run) -> None:
    listed = json.loads(run("plugins", "list", "--json"))
    assert listed["failures"] == []
    assert "visit_forms" in {one["type"] for one in listed["items"]}


def test_a_workflow_reads_forms_and_finds_what_falls_short(run: Run, tmp_path: Path) -> None:
    visits = tmp_path / "desk" / "visits"
    leave_forms(visits, waiting=2, numbers=range(40))
    (visits / "broken.json").write_text("{")
    told = run("run", "visits-monthly")
    assert "41 rows read, 40 loaded, 1 rejected" in told
    found = json.loads(run("finding", "list", "--json"))["items"]
    assert {one["dimension"] for one in found} == {"waiting"}


def test_the_installed_package_is_checked_like_any_other(run: Run, tmp_path: Path) -> None:
    leave_forms(tmp_path / "desk" / "visits", waiting=2, numbers=range(3))
    document = json.loads(run("plugins", "check", "visit_forms", "--json"))
    assert document["sound"]
    assert {one["check"] for one in document["classes"][0]["checks"] if one["state"] == "ok"} >= {
        "going-on", "light-import", "records", "again", "missing-files",
    }  # fmt: skip


def test_the_package_passes_its_own_tests() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=PACKAGE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
