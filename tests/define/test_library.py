"""The shipped rubrics and templates are sound, and their worked cases come out."""

from __future__ import annotations

from pathlib import Path

import pytest

from loopqa.define.checking import check
from loopqa.define.library import rubric_names, rubric_path, template_files, template_names
from loopqa.define.rubric import load_rubric
from loopqa.define.workspace import find_root, rubric_files, workflow_files
from loopqa.errors import UsageError
from loopqa.language import speaking
from loopqa.plugin.host import builtin_host


def test_the_promised_rubrics_and_templates_are_there():
    assert {"after-sales", "scorecard", "survey"} <= set(rubric_names())
    assert {"after-sales", "scorecard", "survey"} <= set(template_names())


@pytest.mark.parametrize("name", rubric_names())
def test_a_shipped_rubric_is_sound_and_passes_its_golden_tests(name):
    assert check([rubric_path(name)], builtin_host()) == ()
    rubric = load_rubric(rubric_path(name), builtin_host())
    assert rubric.id == name
    assert rubric.tests


@pytest.mark.parametrize("name", ["after-sales", "scorecard", "survey"])
def test_a_shipped_rubric_speaks_both_languages(name):
    rubric = load_rubric(rubric_path(name), builtin_host())
    titles = [rubric.title, *(one.title for one in rubric.dimensions)]
    questions = [one.question for _, one in rubric.indicators if one.question]
    assert questions
    assert all(label.en != label.zh for label in [*titles, *questions])


@pytest.mark.parametrize("name", template_names())
def test_a_template_is_a_sound_workspace(name, tmp_path):
    for target, source in template_files(name).items():
        (tmp_path / target).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / target).write_bytes(source.read_bytes())
    assert check([tmp_path], builtin_host()) == ()
    assert find_root(tmp_path / "workflows") == tmp_path
    assert workflow_files(tmp_path)
    assert rubric_files(tmp_path)


@pytest.mark.parametrize("name", ["after-sales", "scorecard", "survey"])
def test_the_workflow_of_a_template_has_the_template_s_name(name):
    files = template_files(name)
    assert Path("workflows") / f"{name}.yaml" in files
    assert Path("rubrics") / f"{name}.yaml" in files


def test_the_after_sales_rubric_blends_sixty_forty():
    rubric = load_rubric(rubric_path("after-sales"), builtin_host())
    assert rubric.blend.weights == {"customer": 0.6, "internal": 0.4}
    assert [dimension.weight for dimension in rubric.dimensions] == [0.2] * 5


def test_the_scorecard_weights_are_20_30_40_10_with_seven_metrics():
    rubric = load_rubric(rubric_path("scorecard"), builtin_host())
    assert [dimension.weight for dimension in rubric.dimensions] == [0.2, 0.3, 0.4, 0.1]
    assert len(rubric.indicators) == 7


def test_an_unknown_template_or_rubric_is_refused_with_the_nearest_name():
    with speaking("en"), pytest.raises(UsageError) as caught:
        template_files("surveys")
    assert str(caught.value) == ("there is no template 'surveys'\n  hint: did you mean 'survey'?")
    with speaking("en"), pytest.raises(UsageError) as caught:
        rubric_path("score-card")
    assert str(caught.value) == (
        "there is no shipped rubric 'score-card'\n  hint: did you mean 'scorecard'?"
    )


def test_outside_a_workspace_the_way_in_is_told(tmp_path):
    with speaking("en"), pytest.raises(UsageError) as caught:
        find_root(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path} is not inside a LoopQA workspace\n  hint: start one with: loopqa init"
    )
