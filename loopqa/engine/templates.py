"""Start a workspace: copy a template, touching nothing that is there."""

from __future__ import annotations

from pathlib import Path

from loopqa.define.library import template_files
from loopqa.errors import Place, RunFailed, UsageError
from loopqa.language import text


def start_workspace(folder: Path, template: str) -> tuple[Path, ...]:
    """Copy the template's files into ``folder`` and return their paths.

    Either all files are new, or nothing is written.

    Raises:
        UsageError: there is no such template, or a file of that name exists already.
        RunFailed: the folder can't be written.
    """
    files = template_files(template)
    existing = [target for target in files if (folder / target).exists()]
    if existing:
        raise UsageError(
            text("{path} exists already; nothing was written", path=str(folder / existing[0])),
            hint=text("choose an empty folder: loopqa init FOLDER"),
        )
    for target, source in files.items():
        path = folder / target
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(Path(source).read_bytes())
        except OSError as error:
            raise RunFailed(
                text("the file can't be written: {reason}", reason=error.strerror or str(error)),
                place=Place(str(path)),
                hint=text("choose a folder that you may write to: loopqa init FOLDER"),
            ) from error
    return tuple(folder / target for target in files)
