"""Options that must not be seen: looked up late, and never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from loopqa.errors import DataError, DefinitionError
from loopqa.plugin import Options, Secret, config_of, revealed


class Sender:
    """A plugin with a secret."""

    class Config(Options):
        """Its options."""

        token: Secret


def of(written: object) -> Sender.Config:
    """The options, as somebody wrote the token."""
    made = config_of(Sender, {"token": written})
    assert isinstance(made, Sender.Config)
    return made


def test_a_secret_is_looked_up_when_it_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = of("${env:LOOPQA_TEST_TOKEN}")
    with pytest.raises(DataError, match="variable LOOPQA_TEST_TOKEN is not set"):
        revealed(made.token, tmp_path)
    monkeypatch.setenv("LOOPQA_TEST_TOKEN", "ge/heim")
    assert revealed(made.token, tmp_path) == "ge/heim"
    assert revealed(of("a ${env:LOOPQA_TEST_TOKEN} b").token, tmp_path) == "a ge/heim b"
    encoded = revealed(of("a:${env:LOOPQA_TEST_TOKEN}@").token, tmp_path, lambda one: one.upper())
    assert encoded == "a:GE/HEIM@"
    assert revealed(of("${env:LOOPQA_TEST_TOKEN}").token, tmp_path, str.upper) == "ge/heim"


def test_a_secret_in_a_file_is_its_text_without_the_last_line_end(tmp_path: Path) -> None:
    made = of("${file:keys/token}")
    with pytest.raises(DataError, match="keys/token: the file of a secret can't be read"):
        revealed(made.token, tmp_path)
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "token").write_text("")
    with pytest.raises(DataError, match="the file of a secret is empty"):
        revealed(made.token, tmp_path)
    (tmp_path / "keys" / "token").write_text("geheim\n")
    assert revealed(made.token, tmp_path) == "geheim"


def test_nothing_shows_a_secret() -> None:
    made = of("geheim")
    assert "geheim" not in repr(made) + str(made) + made.model_dump_json()


@pytest.mark.parametrize("written", ["${TOKEN}", "x ${envv:TOKEN}", "${env:}", "${file:a"])
def test_a_reference_that_is_none_is_an_error(written: str) -> None:
    with pytest.raises(DefinitionError, match=r"write \$\{env:NAME\} or \$\{file:PATH\}"):
        of(written)


def test_a_number_is_no_secret() -> None:
    with pytest.raises(DefinitionError) as caught:
        of(5)
    assert "put it in quotes" in str(caught.value)
