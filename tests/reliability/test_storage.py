"""Disks that are full, files that can't be written, files that are gone."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.reliability import storage


@pytest.mark.parametrize("trial", storage.TRIALS, ids=lambda one: one.__name__)
def test_storage_in_trouble_is_told_and_all_is_done_once_it_is_mended(trial, tmp_path):
    if trial is storage.disk_full and not _may_mount(tmp_path):
        trial = storage.state_full  # the same by a limit of pages
    figure = trial()
    assert figure.holds, figure


def _may_mount(folder: os.PathLike[str]) -> bool:
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        return False
    return subprocess.run(["umount", str(folder)], check=False).returncode == 0
