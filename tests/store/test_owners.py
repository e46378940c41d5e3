"""Who holds a lease, where containers share the name of their host."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from loopqa.store.leases import has_died, this_process

ASKED = "import sys; from loopqa.store.leases import has_died; print(has_died(sys.argv[1]))"
APART = ("unshare", "--pid", "--fork")  #: a new process numbering, as every container has


def _can_number_apart() -> bool:
    return (
        bool(shutil.which(APART[0]))
        and not subprocess.run((*APART, "true"), capture_output=True, check=False).returncode
    )


def test_a_process_that_was_reaped_is_known_to_be_gone():
    gone = subprocess.Popen([sys.executable, "-c", "pass"])
    gone.wait()
    owner = this_process().rpartition(":")[0]
    assert has_died(f"{owner}:{gone.pid}")
    assert not has_died(this_process())


@pytest.mark.skipif(not _can_number_apart(), reason="needs the right to make a pid namespace")
def test_a_process_of_another_container_on_the_same_host_is_not_taken_for_dead():
    command = (*APART, sys.executable, "-c", ASKED, this_process())
    said = subprocess.run(command, env=dict(os.environ), capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
