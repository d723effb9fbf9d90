"""What a user would write: a Hydra application that trains one network, run as a multirun with the basic launcher.

    python -m benchmarks.peers.hydra_app --multirun loss=fused,mse activation=relu,tanh seed=0,1

A sample of a grid is a folder of experiment files, `+trial=glob(*)`.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import hydra
from omegaconf import OmegaConf

RESULTS = "HYDRA_APP_RESULTS"
"""Environment: the file to which each job adds a line."""


@hydra.main(version_base="1.3", config_path="hydra_conf", config_name="config")  # type: ignore[untyped-decorator]
def app(config: Any) -> None:
    """Trains one network and adds its curves to the results."""
    from benchmarks.peers import keras_fit
    from benchmarks.work import Job

    plain: Any = OmegaConf.to_container(config, resolve=True)
    job = Job(**plain["job"], loss=plain["loss"], activation=plain["activation"])
    seen = keras_fit.fit(keras_fit.model(job), job, looks=config.looks)
    line = {"id": job.id, "accuracy": seen["val_accuracy"][-1], "ended": time.time(), "seen": seen}
    with Path(os.environ[RESULTS]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    app()
