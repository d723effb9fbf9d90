"""Hold the texts of each command's help: what it does, two examples, its words, its keys, and where more stands."""

from __future__ import annotations

from dataclasses import dataclass

from ablate.commands.help_blocks import (
    COMPARE,
    DIAGNOSE,
    ONE_NETWORK,
    OVERRIDES,
    PLACE,
    RATES,
    RUN_KEYS,
    SEARCH,
    SEARCH_KEYS,
    SEEDS,
    STUDY,
    STUDY_KEY,
    STUDY_KEYS,
    TRY,
)


@dataclass(frozen=True, kw_only=True)
class Command:
    """The texts of a command's help.

    Attributes:
        summary: what it does, beginning with a verb in small letters.
        example: a whole command line.
        second: a second one.
        words: what its words are.
        notes: what stands after its keys.
        keys: its keys, with their values if left out.
        more: the document that says more, by its path in docs/.
    """

    summary: str
    example: str
    second: str
    more: str
    words: str = "an override"
    notes: str = OVERRIDES
    keys: str = STUDY_KEY

    def epilog(self) -> str:
        """Return the text at the end of the help."""
        keys = f"{self.keys}\n" if self.keys else ""
        return f"Example: {self.example}\n         {self.second}\n\n{keys}{self.notes}\nMore: docs/{self.more}\n"


COMMANDS = {
    "plan": Command(
        summary="print what a sweep would train, how long it takes, what its comparisons can show, and whether the "
        "data can be a task",
        example="ablate plan experiment=blog",
        second="ablate plan loss=clipped,fused width=32,256 steps=800",
        keys=STUDY_KEYS,
        more="tutorials/first_ablation.md",
    ),
    "sweep": Command(
        summary="train every trial of a study that has no result yet, then write the report",
        example="ablate sweep task=digits loss=clipped,fused learning_rate=1e-3,3e-2",
        second="ablate sweep experiment=blog part=1/4",
        keys=STUDY_KEYS + RUN_KEYS,
        more="tutorials/first_ablation.md",
    ),
    "search": Command(
        summary="find the smallest sufficient set of remedies without training every setting",
        example="ablate search experiment=blog search.trials=2000",
        notes=OVERRIDES + SEARCH,
        second="ablate search 'loss=glob(*)' width=32,64,256 study=widths",
        keys=SEARCH_KEYS + RUN_KEYS,
        more="how_to/search.md",
    ),
    "try": Command(
        summary="find out why your own Keras model stays at chance, and what gets it off",
        example="ablate try my_script.py:make_model data.csv epochs=20",
        words="the function that builds the model, the rows, perhaps validation rows; then KEY=VALUE",
        notes=TRY,
        second="ablate try model=my_package:make_model task=npz path=my.npz steps=400",
        keys="",
        more="how_to/my_model.md",
    ),
    "rates": Command(
        summary="train one network at many learning rates, 64 seeds each: where it escapes, collapses, and is stable",
        example="ablate rates loss=clipped width=128 learning_rate=1e-3,1e-2,1e-1",
        notes=ONE_NETWORK + SEEDS + RATES,
        second="ablate rates model=my_package:make_model task=npz path=my.npz",
        keys=RUN_KEYS,
        more="how_to/seeds.md",
    ),
    "luck": Command(
        summary="train one network with 64 seeds: how often it ends at chance, and whether that is luck",
        example="ablate luck loss=clipped width=128 learning_rate=0.05",
        notes=ONE_NETWORK + SEEDS,
        second="ablate luck model=my_package:make_model task=npz path=my.npz",
        keys=RUN_KEYS,
        more="how_to/seeds.md",
    ),
    "diagnose": Command(
        summary="say what can be said of a training that is over, and what cannot",
        example="ablate diagnose model.keras data.npz history.csv",
        words="a model that `model.save` wrote, an npz file with `x` and `y`, a csv file with a row an epoch",
        notes=DIAGNOSE,
        second="ablate diagnose history.csv classes=10",
        keys="",
        more="watch.md",
    ),
    "report": Command(
        summary="write results/STUDY/report again from the stored trials",
        example="ablate report blog --formats pdf,tex",
        words=STUDY,
        notes=PLACE,
        second="ablate report blog --formats svg",
        more="report.md",
    ),
    "show": Command(
        summary="print one trial: how it ended, its setting, its curves, and the commands that repeat it",
        example="ablate show 3f2a9c0d11e84b57 --rerun",
        words="the trial's id or its first digits; study=NAME says in which study to look",
        notes=PLACE,
        second="ablate show 3f2a9c0d11e84b57 study=blog",
        more="reference/words.md",
    ),
    "list": Command(
        summary="list the studies, factors, levels and documents",
        example="ablate list levels",
        words="studies, factors, levels, documents, or a factor's name; default: all",
        notes=f"{PLACE}`ablate list loss` explains each level of the loss in a line.\n",
        second="ablate list loss",
        more="how_to/questions.md",
    ),
    "table": Command(
        summary="print a table of settings, or of groups of settings: trials by state, escape rate with its interval, "
        "median time",
        example="ablate table blog --by loss learning_rate --format md",
        words=STUDY,
        notes=PLACE,
        second="ablate table blog --by loss",
        more="how_to/paper.md",
    ),
    "compare": Command(
        summary="print what changed beyond noise between two studies, or between two results of one study",
        example="ablate compare blog other/results/blog",
        words="two studies, by name, path or address",
        notes=COMPARE + PLACE,
        second="ablate compare mine again",
        more="explanation/pairing.md",
    ),
    "generalize": Command(
        summary="print what each remedy is worth over the tasks of some studies, and what to expect on a new task",
        example="ablate generalize loss activation normalization",
        words="studies, by name, path or address",
        notes=PLACE,
        second="ablate generalize loss rate width",
        more="explanation/statistics.md",
    ),
    "export": Command(
        summary="write a study as the parts of a paper: methods, figure, tables, BibTeX and a filled checklist, in "
        "LaTeX",
        example="ablate export blog --paper",
        words=STUDY,
        notes=PLACE,
        second="ablate export mine --paper",
        more="how_to/paper.md",
    ),
    "watch": Command(
        summary="serve a study's page on this machine while its sweep runs",
        example="ablate watch blog",
        words=STUDY,
        notes=PLACE,
        second="ablate watch mine results_dir=results",
        more="report.md",
    ),
}
