"""What plugins let slip or try on the way: secrets in what they say, and tricks with the line."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from loopqa.errors import LoopQAError, PluginError
from loopqa.model.plugin_limits import PluginLimits
from loopqa.model.workflow import PluginSpec
from loopqa.plugin import PluginHost, ReadContext, Rejected, Source
from loopqa.plugin.secrecy import masking, secrets_of

PLUGIN = Path(__file__).parent / "torture" / "bad_manners.py"
SECRET = "open sesame/" + "s" * 120
LIMITS = PluginLimits(silent=60, check=60)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "plugins").mkdir()
    shutil.copy(PLUGIN, tmp_path / "plugins")
    monkeypatch.setenv("SESAME", SECRET)
    return tmp_path


def source(root: Path, limits: PluginLimits = LIMITS, **options: Any) -> Source:
    spec = PluginSpec("bad_manners", {"token": "${env:SESAME}", **options})
    return PluginHost(root, limits=limits).make_source(spec, root=root)


def troubles(root: Path) -> list[str]:
    return [str(one.what) for one in PluginHost(root).troubles]


@pytest.mark.parametrize(
    "options",
    [
        {"token": "${env:SESAME}"},
        {"settings": {"login": "${env:SESAME}"}},
        {"settings": {"login": "li:${env:SESAME}"}},
    ],
)
def test_secrets_are_hidden_wherever_the_options_hold_them(
    root: Path, options: dict[str, Any]
) -> None:
    with pytest.raises(PluginError, match="no login with ") as caught:
        source(root, **options).check()
    assert "sesame" not in str(caught.value)
    assert "sesame" not in "".join(troubles(root))


def test_the_password_of_an_address_is_hidden_by_itself(root: Path) -> None:
    address = SecretStr("https://li:pass%2Fword@crm.example.com/")
    mask = masking(secrets_of({"address": address}, root))
    assert mask("pass/word of li, crm.example.com") == "*** of li, crm.example.com"


def test_no_part_of_a_secret_is_shown_where_something_is_cut(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels: list[str] = []
    context = ReadContext(progress=lambda label, done, whole: labels.append(label))
    (rejected,) = [one for one in source(root).read(context) if isinstance(one, Rejected)]
    assert rejected.value == "key ***"
    assert labels == ["https://example.com/?key=***"]
    assert capsys.readouterr().err == "[bad_manners] " + "x" * 150 + "***\n"
    assert quote(SECRET) not in "".join(labels)


def test_a_guard_tells_no_secret(root: Path) -> None:
    host = PluginHost(root, options={"bad_manners": {"token": "${env:SESAME}"}})
    (guard,) = host.listeners("loopqa_guard")
    with pytest.raises(LoopQAError, match=r"ValueError at bad_manners\.py:\d+: close with \*\*\*$"):
        host.call(guard, transition="close", action=None, actor="li")


def test_bookmarks_without_rows_are_no_sign_of_life(root: Path) -> None:
    circling = source(root, PluginLimits(silent=2), how="turns round in circles")
    with pytest.raises(PluginError, match="gave no sign of life for 2 s and was ended"):
        list(circling.read(ReadContext()))


def test_a_frame_that_holds_no_rows_is_told(root: Path) -> None:
    with pytest.raises(PluginError, match="wrote into the line"):
        list(source(root, how="sends a frame of its own").read(ReadContext()))
    assert len(troubles(root)) == 1


def test_a_constructor_that_exits_ends_nothing_else(root: Path) -> None:
    with pytest.raises(PluginError, match="plugin 'bad_manners' failed: SystemExit"):
        source(root, how="exits at once")


def test_a_source_that_cannot_say_whether_it_goes_on_is_told(root: Path) -> None:
    with pytest.raises(PluginError, match="plugin 'bad_manners' failed: KeyError"):
        source(root, how="does not know").goes_on()
