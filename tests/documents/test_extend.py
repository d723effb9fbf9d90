"""docs/how_to/extend.md, followed in a copy of the project; each part that is left out is named in one sentence."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import forked
from tests.core.test_study import FROZEN

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "how_to" / "extend.md").read_text(encoding="utf-8")

STEP = re.compile(
    r"^(Write|Add [^`\n]*(?:`\w+`[^`\n]*)*) ?`([\w./]+\.\w+)`:\n\n```\w+\n(.*?)```\n", re.MULTILINE | re.DOTALL
)
COMMANDS = re.compile(r"^```\n(ablate .*?)```\n", re.MULTILINE | re.DOTALL)

ENDS = {
    "ablate/remedies/activation.py": ('}\n"""Add a kind at the end.', ""),
    "ablate/tasks/__init__.py": ('}\n"""Kinds of task', ""),
    "conf/config.yaml": ("  - design: full\n", ""),
    "ablate/report/sections/rates.py": (
        "\n\ndef level_table(",
        "from ablate.report.page_parts import",
    ),
}
"""File -> the text before which an addition stands, and before which an import stands."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of the page: what to do, in which file, and the text."""

    verb: str
    path: str
    text: str

    def follow(self, folder: Path) -> None:
        """Do what the step says."""
        path = folder / self.path
        if self.verb == "Write":
            assert not path.exists(), f"{self.path} exists already"
            path.parent.mkdir(exist_ok=True)
            path.write_text(self.text, encoding="utf-8")
            return
        place = ENDS[self.path][1 if "imports" in self.verb else 0]
        whole = path.read_text(encoding="utf-8")
        assert whole.count(place) == 1, f"{self.path}: {place!r}"
        path.write_text(whole.replace(place, f"{self.text}{place}"), encoding="utf-8")


def section(title: str) -> str:
    """The text of a section of the page, up to the next title."""
    return re.split(r"^#+ ", TEXT.split(f"# {title}\n")[1], flags=re.MULTILINE)[0]


def steps(title: str) -> list[Step]:
    """The steps of a section, in order."""
    return [Step(verb=verb.strip(), path=path, text=text) for verb, path, text in STEP.findall(section(title))]


def commands(title: str) -> list[str]:
    """The commands of a section."""
    return [line for block in COMMANDS.findall(section(title)) for line in block.splitlines()]


LEVEL, KIND, FACTOR, TASK, FIGURE = (
    "Add a level", "Add a kind of level", "Add a factor", "Add a task", "Add a figure",
)  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the package and its configs."""
    for name in ("ablate", "conf"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def follow(project: Path, title: str, *, leave_out: str = "") -> None:
    """Follow the steps of a section, but for those of a file."""
    for step in steps(title):
        if step.path != leave_out:
            step.follow(project)


def python(project: Path, code: str) -> tuple[int, str]:
    """Exit status, and everything that the code prints, in the copy."""
    done = forked.python(code, paths=[project, ROOT], folder=project)
    return done.status, f"{done.out}{done.err}".strip()


def ablate(project: Path, *words: str) -> tuple[int, str]:
    """Exit status and output of the command in the copy."""
    return python(project, f"import sys; from ablate.commands.main import main; sys.exit(main({list(words)!r}))")


def refused(project: Path, *words: str) -> str:
    """The one sentence with which the command refuses."""
    status, said = ablate(project, *words)
    assert status == 2, said
    assert "Traceback" not in said
    assert len(said.splitlines()) == 1, said
    return said


def change(project: Path, path: str, old: str, new: str) -> None:
    """Replace a text in a file of the copy."""
    text = (project / path).read_text(encoding="utf-8")
    assert old in text
    (project / path).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_page_has_the_steps_that_it_promises() -> None:
    assert [len(steps(title)) for title in (LEVEL, KIND, FACTOR, TASK, FIGURE)] == [1, 2, 4, 3, 3]
    assert all(commands(title) for title in (LEVEL, KIND, FACTOR, TASK, FIGURE))


@pytest.mark.parametrize("title", [LEVEL, KIND, FACTOR, TASK])
def test_the_commands_of_a_section_run_after_its_steps(title: str, project: Path) -> None:
    follow(project, title)
    for command in commands(title):
        words = shlex.split(command)[1:]
        if words[0] == "sweep":  # trains for minutes; `plan` checks the same words
            words = ["plan", *words[1:]]
        status, said = ablate(project, *words)
        assert status == 0, said


ADDED = """
import json
from ablate import configure, remedies, tasks
from ablate.design import designs
from ablate.engine import training
from ablate.engine.program import stacks
from ablate.remedies._keras_lines import keras_lines
from tests.engine import small
words = ["task=rings", "loss=fused", "learning_rate=0.05", "width=8", "depth=1", "steps=200", "looks=4", "seed=0"]
base = configure.compose(words).baseline
study = configure.compose([*words, "activation=mish", "centering=on"])
trials = designs.trials(study, lambda params: tasks.load(params).hash)
with small.short_switches():
    found = [curves.signals["accuracy"].tolist() for stack in stacks(trials) for curves in training.train(stack)]
def first(words):
    (trial, *_) = designs.trials(configure.compose(["input_scale=standardized", *words]), lambda _: "0123456789abcdef")
    return trial.id
ids = [first(words) for words in json.loads(input())]
print(json.dumps([keras_lines(study.baseline, base), found, ids]))
"""


def test_what_is_added_trains_has_keras_lines_and_moves_no_id(project: Path) -> None:
    for title in (LEVEL, KIND, FACTOR, TASK):
        follow(project, title)
    frozen = json.dumps([list(words) for words in FROZEN])
    status, said = python(project, ADDED.replace("input()", repr(frozen)))
    assert status == 0, said
    lines, (accuracy,), ids = json.loads(said.splitlines()[-1])
    assert '    x = keras.layers.Activation("mish")(x)' in lines
    assert any("train_step" in line for line in lines)
    assert accuracy[-1] > 0.45, "3 classes: chance is 0.33"
    assert ids == list(FROZEN.values())


def test_a_level_of_an_unknown_kind_or_parameter_is_named(project: Path) -> None:
    follow(project, LEVEL)
    path = steps(LEVEL)[0].path
    change(project, path, "slope:", "slop:")
    said = refused(project, "plan", "activation=leaky_relu_0.01")
    assert "Unknown parameter of `activation=leaky_relu`: 'slop'. Did you mean 'slope'?" in said
    change(project, path, "kind: leaky_relu\n", "")
    assert "`activation` must be a mapping with a `kind`" in refused(project, "plan", "activation=leaky_relu_0.01")


def test_what_a_new_kind_lacks_is_named(project: Path) -> None:
    file, entry = steps(KIND)
    entry.follow(project)
    assert "Unknown level of `activation`: 'mish'." in refused(project, "plan", "activation=mish")
    file.follow(project)
    change(project, entry.path, entry.text, '    "mish": Function(),\n')
    said = refused(project, "list", "activation")
    assert said == (
        "ablate: The kind `mish` of the factor `activation` lacks `numpy`: the function on NumPy arrays, the "
        "definition that tests hold the layer to. Add it to the record in ablate/remedies/activation.py."
    )
    change(project, entry.path, '    "mish": Function(),\n', '    "mish": {},\n')
    assert "The kind `mish` of the factor `activation` must be a `Function`" in refused(project, "list", "activation")
    change(project, entry.path, '    "mish": {},\n', "")
    assert "Unknown kind of `activation`: 'mish'." in refused(project, "plan", "activation=mish")


def test_what_a_new_factor_lacks_is_named(project: Path) -> None:
    module, off, on, baseline = steps(FACTOR)
    module.follow(project)
    for words in (["list", "factors"], ["plan", "loss=fused"]):
        said = refused(project, *words)
        assert "Factor `centering` must have a baseline level, and the config gives it none." in said
    baseline.follow(project)
    said = refused(project, "plan", "loss=fused")
    assert said == (
        "ablate: The configs name `centering=off`, and there is no file conf/centering/off.yaml. "
        "Add the file, or name another option."
    )
    off.follow(project)
    assert "Unknown level of `centering`: 'on'." in refused(project, "plan", "centering=off,on")
    on.follow(project)
    (project / module.path).unlink()
    assert "Unknown key in the config: 'centering'." in refused(project, "plan", "loss=fused")


@pytest.mark.parametrize("field", ["name", "summary", "neutral", "stacks", "check", "statement", "lines", "candidates"])
def test_a_field_that_a_new_factor_lacks_is_named(field: str, project: Path) -> None:
    follow(project, FACTOR)
    path = project / steps(FACTOR)[0].path
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(rf"^    {field}=.*\n", "", text, count=1, flags=re.MULTILINE), encoding="utf-8")
    said = refused(project, "list", "centering")
    if field == "name":
        assert "ablate/remedies/centering.py must name its factor 'centering'" in said
    else:
        assert f"The factor `centering` lacks `{field}`: " in said


def test_what_a_new_task_lacks_is_named(project: Path) -> None:
    module, entry, level = steps(TASK)
    module.follow(project)
    level.follow(project)
    assert "Unknown kind of `task`: 'rings'." in refused(project, "plan", "task=rings")
    entry.follow(project)
    change(project, module.path, "def make(", "def made(")
    said = "The kind `rings` of `task` must have a module ablate/tasks/rings.py with a function `make`."
    assert said in refused(project, "plan", "task=rings")
    (project / module.path).unlink()
    assert said in refused(project, "plan", "task=rings")
    (project / level.path).unlink()
    assert "Unknown level of `task`: 'rings'." in refused(project, "plan", "task=rings")


DRAWN = """
from pathlib import Path
from ablate.report import pictures
from ablate.report.section_inputs import section_inputs
from ablate.report.sections import rates
from ablate.results import study_results
from tests import synthetic
factors = (synthetic.factor("loss", synthetic.LOSS), synthetic.factor("width", {"64": 64}))
study = synthetic.study(name="small", factors=factors, seeds=(0, 1), contrasts=())
inputs = section_inputs(study_results.load(synthetic.build(Path("results"), study)))
(picture,) = (picture for picture in rates.section(inputs).pictures if picture.name == "ends")
print(pictures.draw(picture).svg.count("<path"))
print(picture.caption)
"""


def test_a_figure_is_drawn_with_its_caption(project: Path) -> None:
    follow(project, FIGURE)
    status, said = python(project, DRAWN)
    assert status == 0, said
    *_, paths, caption = said.splitlines()
    assert int(paths) > 6
    assert caption == "All trials by state: 6 trials."


def test_what_a_figure_lacks_is_named(project: Path) -> None:
    function, imported, picture = steps(FIGURE)
    imported.follow(project)
    picture.follow(project)
    assert python(project, DRAWN)[1].endswith("ModuleNotFoundError: No module named 'ablate.report.figures.ends'")
    function.follow(project)
    change(project, picture.path, "caption=caption, size=(5.0", "size=(5.0")
    assert python(project, DRAWN)[1].endswith("missing 1 required keyword-only argument: 'caption'")
    change(project, imported.path, imported.text, "")
    assert python(project, DRAWN)[1].endswith("NameError: name 'plot_ends' is not defined")
