"""Wrong definitions, each a file with its whole message beside it; adding a case is adding a file.

``python tests/define/cases.py NAME...`` prints what LoopQA says about cases, to be read with care
before it is kept.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from loopqa.define.checking import check
from loopqa.language import speaking
from loopqa.plugin.host import PluginHost

_HOST = PluginHost()
FOLDER = Path(__file__).parent / "wrong"
RIGHT = Path(__file__).parent / "right"  #: definitions that must be accepted


def names() -> list[str]:
    """The cases by name."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def message_about(name: str, folder: Path) -> str:
    """What ``check`` says about a case that lies in the current folder ``folder``."""
    kind = name.partition("-")[0]
    file = Path("loopqa.yaml" if kind == "settings" else f"{kind}.yaml")
    shutil.copy(FOLDER / f"{name}.yaml", folder / file)
    with speaking("en"):
        return "\n".join(str(one) for one in check([file], _HOST)) + "\n"


if __name__ == "__main__":
    for case in sys.argv[1:] or names():
        with tempfile.TemporaryDirectory() as place:
            os.chdir(place)
            print(f"== {case}\n{message_about(case, Path(place))}", end="")
