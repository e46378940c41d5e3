"""The strict YAML reader: what it accepts, what it refuses, and that nothing makes it fall."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loopqa.define.explaining import validate
from loopqa.define.nodes import plain, resolve
from loopqa.define.rubric_document import RubricPart
from loopqa.define.settings import load_settings
from loopqa.define.strict_yaml import LARGEST_BYTES, parse_yaml, read_yaml
from loopqa.define.workflow_document import WorkflowPart
from loopqa.errors import DefinitionError, Problem
from loopqa.language import speaking


def read(source: str) -> object:
    return plain(parse_yaml(source, "a.yaml").root.content)


def sound(act: Callable[[], object]) -> tuple[Problem, ...]:
    """What ``act`` refuses; any other exception than ours is a bug and passes through."""
    try:
        act()
    except DefinitionError as error:
        return error.problems
    return ()


def refused(path: Path) -> str:
    with speaking("en"), pytest.raises(DefinitionError) as caught:
        read_yaml(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("written", "meaning"),
    [
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("12:30", "12:30"),
        ("2026-10-01", "2026-10-01"),
        ("007", "007"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        (".inf", ".inf"),
        ("5", 5),
        ("-5", -5),
        ("5.0", 5.0),
        ("1e3", 1000.0),
        ("1e999", "1e999"),
        (".5", 0.5),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("", None),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_an_unquoted_value_means_what_it_looks_like(written, meaning):
    assert resolve(written) == meaning
    assert type(resolve(written)) is type(meaning)


def test_a_quoted_value_is_text():
    assert read("a: '5'\nb: \"true\"\nc: ''\n") == {"a": "5", "b": "true", "c": ""}


def test_keys_are_text_as_written():
    assert read("{1: a, no: b, 5.0: c}") == {"1": "a", "no": "b", "5.0": "c"}


def test_a_document_gives_the_place_of_keys_and_values():
    document = parse_yaml("a:\n  - x\n  - {b: 1}\n", "a.yaml")
    assert str(document.place(("a", 1, "b"))) == "a.yaml:3:9"
    assert str(document.key_place(("a", 1, "b"))) == "a.yaml:3:6"
    assert str(document.place(("a",))) == "a.yaml:1:1"
    assert str(document.place(("a", "not there"))) == "a.yaml:1:1"


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path):
    (tmp_path / "a.yaml").write_bytes("\ufeffa: 1\r\nb: 2\r\n".encode())
    assert plain(read_yaml(tmp_path / "a.yaml").root.content) == {"a": 1, "b": 2}


def test_a_file_in_gbk_is_refused_with_its_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_bytes(b"rubric: r\ntitle: " + "服务".encode("gbk"))
    assert refused(Path("a.yaml")) == (
        "a.yaml:2:8: the file is not UTF-8 text\n"
        "  hint: save the file as UTF-8 (not GBK, GB18030 or UTF-16)"
    )


def test_a_nul_is_refused_with_its_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_bytes(b"rubric: r\ntitle: a\0b\n")
    assert refused(Path("a.yaml")) == "a.yaml:2:9: control character U+0000 in the file"


def test_a_huge_file_is_refused_without_reading_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Path("a.yaml").open("wb") as stream:
        stream.truncate(10 * 1024**3)
    begun = time.process_time()
    assert refused(Path("a.yaml")) == f"a.yaml:1:1: the file is larger than {LARGEST_BYTES} bytes"
    assert time.process_time() - begun < 2


def test_a_file_that_is_not_there_and_a_folder_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("folder.yaml").mkdir()
    assert refused(Path("a.yaml")) == "a.yaml: there is no such file"
    assert refused(Path("folder.yaml")) == "folder.yaml: there is no such file"


def test_an_alias_bomb_is_refused_in_no_time():
    bomb = "a0: &a0 [x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 60)
    )
    begun = time.process_time()
    with pytest.raises(DefinitionError):
        parse_yaml(bomb, "a.yaml")
    assert time.process_time() - begun < 2


def test_a_file_with_thousands_of_broken_lines_ends_in_time():
    source = "".join(f"a{n}: >= {n}\n" for n in range(20_000))
    begun = time.process_time()
    with pytest.raises(DefinitionError) as caught:
        parse_yaml(source, "a.yaml")
    assert len(caught.value.problems) == 100
    assert time.process_time() - begun < 5


def test_an_absent_or_empty_settings_file_means_defaults(tmp_path):
    assert load_settings(tmp_path).time_zone == "UTC"
    (tmp_path / "loopqa.yaml").write_text("# nothing yet\n", "utf-8")
    assert load_settings(tmp_path).languages == ("en",)


def test_a_password_comes_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("LOOPQA_TEST_PASSWORD", "secret")
    line = "state: postgresql://loopqa:${env:LOOPQA_TEST_PASSWORD}@db/loopqa\n"
    (tmp_path / "loopqa.yaml").write_text(line, "utf-8")
    assert load_settings(tmp_path).state == "postgresql://loopqa:secret@db/loopqa"


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
@example(b"\xff\xfe")
@example(b"? [a, b]\n: c\n")
@example(b"a: |\n")
@example(b"a: 1e-999999999\n")
def test_no_bytes_make_the_reader_fall(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "random.yaml"
    path.write_bytes(content)
    told = sound(lambda: plain(read_yaml(path).root.content))
    assert all(problem.place for problem in told)


YAMLISH = st.text(alphabet="ab:：-#>|&*!%@`'\"[]{},? \n\t\\~0.5é中\u0085\u2028", max_size=60)


@settings(max_examples=400, deadline=None)
@given(YAMLISH)
def test_no_text_full_of_signs_makes_the_reader_fall(source):
    assert all(str(problem) for problem in sound(lambda: read(source)))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
DIMENSION_FIELDS = (
    "weight",
    "column",
    "values",
    "target",
    "indicators",
    "score",
    "when",
    "playbook",
)
RUBRIC_FIELDS = (
    "version",
    "scale",
    "boxes",
    "raters",
    "blend",
    "finding",
    "defaults",
    "tests",
    "title",
)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(st.sampled_from(RUBRIC_FIELDS), VALUES, max_size=4),
    st.dictionaries(st.sampled_from(DIMENSION_FIELDS), VALUES, max_size=4),
)
def test_no_shape_of_a_rubric_makes_the_loader_fall(tmp_path_factory, fields, dimension):
    from loopqa.define.rubric import load_rubric
    from loopqa.plugin.host import builtin_host

    path = tmp_path_factory.getbasetemp() / "shape.yaml"
    whole = {"rubric": "r", "dimensions": {"a": {"column": "a", **dimension}}, **fields}
    path.write_text(yaml.safe_dump(whole, allow_unicode=True), "utf-8", errors="replace")
    assert all(str(problem) for problem in sound(lambda: load_rubric(path, builtin_host())))


@settings(max_examples=150, deadline=None)
@given(VALUES)
def test_no_value_at_the_top_makes_the_models_fall(value):
    for model in (RubricPart, WorkflowPart):
        told = sound(lambda: validate(model, parse_yaml(yaml.safe_dump(value), "a.yaml")))  # noqa: B023
        assert all(str(problem) for problem in told)
