"""What people are told about wrong options: plain sentences in both languages."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, field_validator

from loopqa.errors import DefinitionError, Place
from loopqa.language import speaking, text
from loopqa.plugin import Options, config_of


class Inner(Options):
    deep: int = 0


class Everything(Options):
    path: str | tuple[str, ...] = "x"
    count: Annotated[int, Field(ge=1, le=9)] = 1
    share: float = 0.5
    loud: bool = False
    kind: Literal["one", "two"] = "one"
    names: dict[str, Inner] = Field(default_factory=dict)
    bands: dict[float, int] = Field(default_factory=dict)
    pattern: Annotated[str, Field(pattern="^a")] = "a"
    chosen: str = ""

    @field_validator("chosen")
    @classmethod
    def _not_that(cls, value: str) -> str:
        if value == "that":
            raise ValueError(text("there is no encoding '{name}'", name=value))
        if value == "plain":
            raise ValueError("plain words")
        return value


class Plugin:
    type = "everything"
    Config = Everything


class Needy(Options):
    path: str


class Choosy(Options):
    some: Annotated[tuple[Literal["one", "two"], ...], Field(min_length=1)] = ("one",)


def told(options: dict[str, Any]) -> str:
    with pytest.raises(DefinitionError) as caught:
        config_of(Plugin, options)
    return str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"paht": "x"}, "unknown option 'paht'\n  hint: did you mean 'path'?"),
        (
            {"zzz": "x"},
            "unknown option 'zzz'\n  hint: known options: "
            "path, count, share, loud, kind, names, bands, pattern, chosen",
        ),
        ({"count": "x"}, "option 'count' must be a whole number, not 'x'"),
        ({"count": 1.5}, "option 'count' must be a whole number, not 1.5"),
        ({"count": 0}, "option 'count' must be at least 1, not 0"),
        ({"count": 10}, "option 'count' must be at most 9, not 10"),
        ({"share": "half"}, "option 'share' must be a number, not 'half'"),
        ({"loud": "perhaps"}, "option 'loud' must be true or false, not 'perhaps'"),
        ({"kind": "three"}, "option 'kind' must be one of one, two, not 'three'"),
        ({"path": 5}, "option 'path' must be text or a list, not 5\n  hint: put it in quotes"),
        (
            {"path": ["a", 5]},
            "option 'path' must be text, not ['a', 5]\n"
            "option 'path[2]' must be text, not 5\n  hint: put it in quotes",
        ),
        ({"names": {"a": {"deep": "x"}}}, "option 'names.a.deep' must be a whole number, not 'x'"),
        ({"bands": {5: "x"}}, "option 'bands.5' must be a whole number, not 'x'"),
        ({"names": 3}, "option 'names' must be a mapping of keys to values, not 3"),
        ({"pattern": "b"}, "option 'pattern' can't be 'b'"),
        ({"chosen": "that"}, "option 'chosen': there is no encoding 'that'"),
        ({"chosen": "plain"}, "option 'chosen': plain words"),
    ],
)
def test_each_kind_of_wrong_option_has_its_sentence(options: dict[str, Any], message: str) -> None:
    assert told(options) == message


def test_all_wrong_options_are_told_at_once() -> None:
    assert told({"count": "x", "loud": 7}).count("\n") == 1


def test_a_list_is_not_called_too_short_for_what_was_refused_in_it() -> None:
    plugin = type("P", (), {"Config": Choosy})
    with pytest.raises(DefinitionError) as caught:
        config_of(plugin, {"some": ["thre"]})
    assert str(caught.value) == "option 'some[1]' must be one of one, two, not 'thre'"
    with pytest.raises(DefinitionError, match="option 'some' must be a list of at least 1"):
        config_of(plugin, {"some": []})


def test_a_missing_option_is_named() -> None:
    with pytest.raises(DefinitionError) as caught:
        config_of(type("P", (), {"Config": Needy}), {})
    assert str(caught.value) == "option 'path' is missing"


def test_the_sentences_are_there_in_chinese() -> None:
    with speaking("zh"):
        assert told({"count": "x"}) == "选项“count”必须是整数，而不是 'x'"
        assert told(
            {"paht": 1}
        ) == "未知选项“paht”\n  提示：是否想写“path”？" or "提示" not in told({"paht": 1})


def test_each_option_can_have_its_own_place() -> None:
    with pytest.raises(DefinitionError) as caught:
        config_of(
            Plugin, {"names": {"a": {"deep": "x"}}}, lambda path: Place("f", 3, str(path[-1]))
        )
    assert str(caught.value) == "f:3:deep: option 'names.a.deep' must be a whole number, not 'x'"


def test_right_options_cannot_be_changed_afterwards() -> None:
    config = config_of(Plugin, {"count": 3})
    assert config == Everything(count=3)
    with pytest.raises(ValueError, match="frozen"):
        config.count = 4  # type: ignore[attr-defined]
