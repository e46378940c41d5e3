"""The real event log of a service desk, unpacked, as a workspace of its own."""

from __future__ import annotations

import zipfile
from pathlib import Path
from shutil import copy

import pytest

from tests.shared_data import SHARED

LOG = SHARED / "data" / "incident_log" / "incident_event_log.zip"
HERE = Path(__file__).parent

needs_log = pytest.mark.skipif(not LOG.is_file(), reason=f"the incident log is not in {SHARED}")


def unpacked(folder: Path) -> Path:
    """A workspace in ``folder`` with the log, its rubric and its workflow."""
    with zipfile.ZipFile(LOG) as archive:
        (member,) = archive.namelist()
        (folder / "incident_event_log.csv").write_bytes(archive.read(member))
    (folder / "loopqa.yaml").write_text("time_zone: UTC\n", encoding="utf-8")
    for kind in ("rubrics", "workflows"):
        (folder / kind).mkdir()
        copy(HERE / kind / "service-desk.yaml", folder / kind)
    return folder
