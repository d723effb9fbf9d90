"""Results, configs and pages of strangers are data: nothing in them is executed."""

from __future__ import annotations

import ast
import json
import socket
from pathlib import Path

import pyarrow as pa
import pytest

from ablate import store
from ablate.commands import code_permission, main
from ablate.core.errors import ConfigError
from ablate.report import watch
from ablate.store import shards
from tests.fake_sweep import study, swept

ROOT = Path(__file__).parents[2]

FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "pty", "commands"}
FORBIDDEN_CALLS = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "yaml.load", "yaml.unsafe_load", "yaml.full_load",
    "pd.read_pickle", "hydra.utils.instantiate", "hydra.utils.get_class", "hydra.utils.get_method", "pydoc.locate",
    "keras.models.load_model", "keras.saving.load_model", "keras.config.enable_unsafe_deserialization",
}  # fmt: skip


def findings(source: str) -> list[str]:
    """What a module does that could run what it reads."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            top = {name.partition(".")[0] for name in names} & FORBIDDEN_MODULES
            found += [f"imports {name}" for name in top]
        if isinstance(node, ast.Call):
            if ast.unparse(node.func) in FORBIDDEN_CALLS:
                found.append(f"calls {ast.unparse(node.func)}")
            for word in node.keywords:
                said = ast.unparse(word.value)
                if (word.arg in ("allow_pickle", "shell", "unsafe") and said != "False") or (
                    word.arg == "safe_mode" and said == "False"
                ):
                    found.append(f"{word.arg}={said}")
            if ast.unparse(node.func) in ("np.load", "numpy.load") and "allow_pickle" not in [
                word.arg for word in node.keywords
            ]:
                found.append("np.load without allow_pickle=False")
    return found


USERS_CODE = {
    "ablate/engine/as_is/program.py": "the user's builder goes to workers through a file in a private folder",
    "ablate/engine/as_is/script.py": "the script that the user names on the command line is run, to find the builder",
    "ablate/engine/as_is/trial.py": "the lines of the patch, which this package writes, change the user's program",
    "ablate/engine/callback/afterwards.py": "a model that the user names is loaded in Keras' safe mode",
    "ablate/engine/callback/rebuild.py": "the user's model is built anew from what this process has written of it",
    "ablate/try_remedies/program_attempt.py": "the user's callbacks go to workers with the builder",
}
"""Modules that run code, which is the user's own: it is named in the command or given to `ablate.try_model`."""

FILES = sorted([*(ROOT / "ablate").rglob("*.py"), *(ROOT / "hydra_plugins").rglob("*.py")])


def test_no_module_runs_what_it_reads() -> None:
    said = {path.relative_to(ROOT).as_posix(): findings(path.read_text(encoding="utf-8")) for path in FILES}
    assert {name: holes for name, holes in said.items() if holes and name not in USERS_CODE} == {}
    assert [name for name in USERS_CODE if not said[name]] == [], "these run no code any more: take them off the list"


@pytest.mark.parametrize(
    "source",
    [
        "import pickle", "from pickle import loads", "import joblib.externals", "eval('1')", "exec(text)",
        "yaml.load(file)", "np.load(path)", "np.load(path, allow_pickle=True)", "np.load(path, allow_pickle=given)",
        "subprocess.run(words, shell=True)", "os.system(words)", "hydra.utils.instantiate(config)", "__import__(name)",
        "keras.saving.deserialize_keras_object(layer, safe_mode=False)", "pd.read_pickle(path)",
    ],
)  # fmt: skip
def test_a_planted_hole_is_seen(source: str) -> None:
    assert findings(source)


def test_the_watch_page_listens_on_the_loopback_alone(tmp_path: Path) -> None:
    server = watch.server(tmp_path)
    try:
        assert server.socket.getsockname()[0] == "127.0.0.1"
        elsewhere = socket.gethostbyname(socket.gethostname())
        if not elsewhere.startswith("127."):
            with pytest.raises(OSError, match="refused"):
                socket.create_connection((elsewhere, server.server_port), timeout=5)
    finally:
        server.server_close()


PLANTED: list[str] = []


def planted(**words: str) -> None:
    """What a stranger's results would have run."""
    PLANTED.append(str(words))


BUILDER = f"{__name__}:planted"


def forged(folder: Path, params: dict[str, object]) -> str:
    """A study whose one trial names code; the trial's id."""
    swept(study(folder, "width=16", "seed=0"))
    (shard,) = shards.listing(folder / "fake")
    assert shard.curves is not None
    states, curves = shards.read(shard.states), shards.read(shard.curves)
    own = json.loads(states.column("factors")[0].as_py()) | params
    place = states.column_names.index("factors")
    other = states.set_column(place, "factors", pa.array([json.dumps(own)]).dictionary_encode())
    shards.remove(shard)
    shards.write(folder / "fake", shards.new_stamp(), other, curves)
    return str(store.read_states(folder / "fake")["id"][0])


@pytest.mark.parametrize(
    "params",
    [
        {"model": {"kind": "keras", "builder": BUILDER, "arguments": {"command": "x"}, "template": {}}},
        {
            "loss": {
                "kind": "path",
                "path": {"tail": [], "labels": "sparse", "loss": {"builder": BUILDER, "arguments": {}, "code": "0"}},
            }
        },
    ],
)
def test_code_that_results_name_is_not_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], params: dict[str, object]
) -> None:
    key = forged(tmp_path, params)
    where = ["study=fake", f"results_dir={tmp_path}"]
    for words in (
        ["show", key, *where], ["show", key, "--rerun", *where], ["table", *where], ["report", *where],
        ["plan", "task=words", "width=16", "seed=0", *where],
    ):  # fmt: skip
        main.main(words)
        assert PLANTED == [], words
    assert "Traceback" not in capsys.readouterr().err


def test_a_rerun_names_the_code_it_would_run() -> None:
    stored = {"model": {"kind": "keras", "builder": "os:system", "arguments": {"command": "true"}}, "width": 3}
    with pytest.raises(ConfigError, match="results alone must not run code"):
        code_permission.check_permission(stored, ["study=x", "results_dir=os:system"])
    code_permission.check_permission(stored, code_permission.permissions(stored))
    code_permission.check_permission({"width": 3, "loss": {"kind": "fused"}}, [])
