"""A Slurm cluster of one node on this machine: munged, slurmctld and slurmd from Debian's `slurm-wlm`, as root."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

DAEMONS = ("munged", "slurmctld", "slurmd")
CONF = """
ClusterName=one
SlurmctldHost={host}
AuthType=auth/munge
SlurmUser=root
SlurmdUser=root
SlurmctldPort=16817
SlurmdPort=16818
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
JobAcctGatherType=jobacct_gather/none
SchedulerParameters=sched_interval=2
KillWait=1
NodeName={host} CPUs=2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def lacks() -> str:
    """Why no cluster can be started here; empty if one can."""
    missing = [name for name in DAEMONS if shutil.which(name, path="/usr/sbin:/usr/bin") is None]
    if missing:
        return f"{', '.join(missing)} not installed (Debian: slurm-wlm, munge)"
    return "" if os.getuid() == 0 else "slurmd must be started by root"


@contextmanager
def cluster(folder: Path) -> Iterator[None]:
    """The cluster, answering; its daemons end with the block."""
    reason = lacks()
    if reason:
        pytest.skip(reason)
    for name in ("state", "spool"):
        (folder / name).mkdir()
    conf = folder / "slurm.conf"
    conf.write_text(CONF.format(host=socket.gethostname(), folder=folder))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLURM_CONF", str(conf))
        patch.setenv("PATH", f"/usr/sbin:{os.environ['PATH']}")
        if _said("munge", "-n") == "":
            _said("install", "-d", "-o", "munge", "/run/munge")
            _said("su", "-s", "/bin/sh", "munge", "-c", "/usr/sbin/munged")
        daemons = [subprocess.Popen([name, "-D"], stderr=subprocess.DEVNULL) for name in DAEMONS[1:]]
        try:
            _await(lambda: "idle" in _said("sinfo"))
            yield
        finally:
            for daemon in daemons:
                daemon.terminate()
                daemon.wait(20)


def _said(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout


def _await(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            pytest.skip("the Slurm daemons did not answer")
        time.sleep(0.2)
