"""A made-up folder of reports: `loss` with predictions and a manifest, `blog` from before there were any."""

from __future__ import annotations

import json
from pathlib import Path

HEAD = "stratum,counted,family,correction,factor,level,against,difference,low,high,p,adjusted_p,pairs,seeds,asked"
DOES, LOW = "Does fused help?", "Does a lower rate help?"
ROWS = (
    f'Prevention,escaped,declared,Holm,loss,fused,clipped,0.8,0.6,0.9,0,0.001,20,20,{DOES},"task=digits, width=8",more',
    f'Prevention,escaped,declared,Holm,loss,fused,clipped,-0.8,-0.9,-0.6,0,0.01,9,9,{DOES},"task=blobs, width=8",more',
    f"Prevention,escaped,declared,Holm,learning_rate,0.01,0.1,0,-0.16,0.16,1,1,20,20,{LOW},task=digits,same",
    f"Prevention,collapsed,declared,Holm,loss,fused,clipped,-0.7,-0.9,-0.6,0,0.001,20,20,{DOES},task=digits,more",
    "Prevention,escaped,screen,BH,width,16,8,0.31,0.2,0.4,0,0.001,20,20,,,",
)
CONTRASTS = (
    {"factor": "loss", "level": "fused", "against": "clipped", "question": DOES, "expect": "more"}
    | {"at": {"width": ["8"], "task": ["digits"]}},
    {"factor": "loss", "level": "fused", "against": "clipped", "question": DOES, "expect": "more"}
    | {"at": {"task": ["words"], "width": ["8"]}},
)


def build(tmp_path: Path) -> Path:
    """Two studies: `loss` with predictions and a manifest, `blog` from before there were any."""
    write(tmp_path / "results", "loss", f"{HEAD},at,expect", ROWS)
    manifest = {"study": {"question": "Does the loss matter?", "contrasts": CONTRASTS}}
    (tmp_path / "results" / "loss" / "report" / "manifest.json").write_text(json.dumps(manifest))
    write(tmp_path / "results", "blog", HEAD, [f"Prevention,escaped,declared,Holm,loss,a|b,c,0,-1,1,1,1,4,4,{DOES}"])
    (tmp_path / "blog.yaml").write_text("question: Which remedies?\n")
    return tmp_path / "results"


def write(results: Path, study: str, head: str, rows: tuple[str, ...] | list[str]) -> None:
    folder = results / study / "report" / "tables"
    folder.mkdir(parents=True)
    (folder / "contrasts.csv").write_text("\n".join([head, *rows]) + "\n")
