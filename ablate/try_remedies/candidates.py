"""Which remedies are tried on a user's model: a few levels of every factor that has something to change in it."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from ablate import configure, remedies
from ablate.configure import model_template
from ablate.core.errors import ConfigError
from ablate.core.study import Factor, Json, Level, Setting, Study
from ablate.remedies import model as models

MENU: dict[str, tuple[str, ...]] = {
    "loss": ("fused", "label_smoothing"),
    "input_scale": ("standardized", "raw"),
    "optimizer": ("adam", "momentum"),
    "clipping": ("global_norm",),
    "schedule": ("warmup", "cosine"),
    "activation": ("leaky_relu", "relu"),
    "normalization": ("batch", "off"),
    "regularizer": ("l2", "off"),
    "initializer": ("glorot", "he"),
}
"""Levels that are tried, the likeliest remedy first; the one that the model has already is left out."""

RATES, WIDTHS = (0.1, 0.01, 10.0), (0.25,)
"""Multiples of the model's own learning rate and width that are tried."""

ARGUMENTS = ("activation", "normalization", "regularizer", "initializer", "width")
"""Arguments by which a builder can offer what cannot be changed in its layers."""

KERAS_NAMES = {"glorot": "glorot_uniform", "he": "he_uniform", "off": None}
"""What a builder is given for a level, where Keras calls it otherwise."""

SAME = {"keras": "fused", "fused": "keras", "post": "fused"}
"""Losses that are one formulation; between them there is nothing to try."""


@dataclass(frozen=True, kw_only=True)
class Menu:
    """What is tried.

    Attributes:
        study: the study: the model's own levels as the baseline, and every level that is tried.
        left_out: factor -> why nothing of it is tried.
        built: levels of `model` by the arguments that the builder was given, where layers could not be changed.
        by_argument: the factors that are changed through the builder.
    """

    study: Study
    left_out: Mapping[str, str]
    built: Mapping[tuple[tuple[str, str], ...], Level] = field(default_factory=dict)
    by_argument: tuple[str, ...] = ()

    def setting(self, levels: Mapping[str, Level]) -> Setting:
        """The baseline with these levels; what the builder must be asked for comes as another level of `model`."""
        asked = tuple(sorted((name, each.name) for name, each in levels.items() if name in self.by_argument))
        changed = {**levels, "model": self.built[asked]} if asked else levels
        return self.study.baseline.replace(**changed)


def menu(study: Study, given: Collection[str] = ()) -> Menu:
    """The menu of a study that is composed of the user's words.

    Args:
        study: its baseline is the model's; a factor to which the user gave several levels keeps them.
        given: the factors that the user's words name: one value fixes a factor.
    """
    own = study.baseline["model"].params
    inside = {*ARGUMENTS, "dropout"}
    offered = _offered(study)
    left_out: dict[str, str] = {}
    factors, asked = [], []
    for factor in study.factors:
        levels = factor.levels if factor.varies else offered.get(factor.name, ())
        levels = tuple(level for level in levels if level != factor.baseline)
        if levels and factor.name in inside and factor.name not in models.applying(own):
            if factor.name in _takes(own):
                asked.append(factor.name)
            else:
                left_out[factor.name] = "its layers leave no place for it, and the builder has no such argument"
                levels = ()
        elif levels and factor.name in given and not factor.varies:
            left_out[factor.name] = "one value is given"
            levels = ()
        factors.append(Factor(name=factor.name, levels=(factor.baseline, *levels), baseline=factor.baseline))
    found = {factor.name: factor for factor in factors}
    if not (found["width"].varies or "width" in left_out or "width" in asked or study.baseline["depth"].params):
        argument = "; the builder's is `model.arguments.width=16`" if "width" in _takes(own) else ""
        left_out["width"] = f"its layers have no common width{argument}"
    built, found = _built(own, found, asked, left_out)
    if built:
        base = study.baseline["model"]
        others = [level for level in dict.fromkeys(built.values()) if level != base]
        found["model"] = Factor(name="model", levels=(base, *others), baseline=base)
    by_argument = tuple(name for name in asked if found[name].varies)
    return Menu(study=_with(study, tuple(found.values())), left_out=left_out, built=built, by_argument=by_argument)


def _with(study: Study, factors: tuple[Factor, ...]) -> Study:
    import dataclasses

    varying = [factor.name for factor in factors if factor.varies and factor.name != "model"]
    design = ({"kind": "one_at_a_time", "factors": varying},)
    return dataclasses.replace(study, factors=factors, designs=design)


def _offered(study: Study) -> dict[str, tuple[Level, ...]]:
    """The menu's levels for this baseline, by factor."""
    base = study.baseline.params()
    listed = [f"{name}={','.join(options)}" for name, options in MENU.items()]
    composed = configure.compose([*listed, "seed=0"])
    found = {name: list(composed.factor(name).levels) for name in MENU}
    if base["loss"]["kind"] in SAME:
        found["loss"] = [each for each in found["loss"] if each.params["kind"] == "label_smoothing"]
    else:
        found["loss"] = [each for each in found["loss"] if each.params["kind"] == "fused"]
    found["optimizer"] = [each for each in found["optimizer"] if each.params["kind"] != base["optimizer"]["kind"]]
    if base["clipping"]["kind"] != "none":
        found["clipping"] = []
    if base["activation"]["kind"] in ("relu", "leaky_relu", "relu_clamped", "elu", "selu", "gelu", "softplus"):
        found["activation"] = [each for each in found["activation"] if each.name != "relu"]
    for name, on in (("normalization", "batch"), ("regularizer", "l2")):
        wanted = on if base[name]["kind"] == "off" else "off"
        found[name] = [each for each in found[name] if each.name == wanted]
    if base["input_scale"]["kind"] == "as_is" and _is_unit(base["task"]):
        found["input_scale"] = [each for each in found["input_scale"] if each.name != "raw"]
    rate, width = base["learning_rate"], base["width"]
    rates = [_number("learning_rate", float(f"{rate * times:.6g}")) for times in RATES]
    widths = [_number("width", max(2, round(width * times))) for times in WIDTHS if base["depth"]]
    dropout = [_number("dropout", 0.0)] if base["dropout"] else []
    return {
        name: tuple(each)
        for name, each in {**found, "learning_rate": rates, "width": widths, "dropout": dropout}.items()
    }


def _number(name: str, value: float) -> Level:
    params = remedies.checked(name, value)
    return Level(name=str(params), params=params)


def _is_unit(task: Json) -> bool:
    """Whether the inputs are in 0-1 already."""
    from ablate import tasks

    found = tasks.load(task)
    train = found.inputs[found.train_rows]
    return bool(train.min() == 0 and train.max() == 1)


def _takes(model: Json) -> Sequence[str]:
    """The arguments of the model's builder that are names of factors."""
    from ablate.remedies import _loss_path

    if model["kind"] == "mlp":
        return ()
    names = inspect.signature(_loss_path.named(model["builder"])).parameters
    return [name for name in ARGUMENTS if name in names]


def _built(
    model: Json, factors: dict[str, Factor], asked: Sequence[str], left_out: dict[str, str]
) -> tuple[dict[tuple[tuple[str, str], ...], Level], dict[str, Factor]]:
    """A level of `model` for every combination of levels of the factors that the builder is asked for."""
    good: dict[str, list[Level]] = {}
    for name in asked:
        levels = factors[name].levels[1:]
        try:
            for level in levels:
                _ask(model, {name: level})
        except ConfigError as error:
            left_out[name] = str(error)
            factors[name] = Factor(
                name=name, levels=levels[:0] + factors[name].levels[:1], baseline=factors[name].baseline
            )
        else:
            good[name] = list(levels)
    built = {}
    for combination in itertools.product(*([None, *levels] for levels in good.values())):
        chosen = {name: each for name, each in zip(good, combination, strict=True) if each is not None}
        if chosen:
            key = tuple(sorted((name, each.name) for name, each in chosen.items()))
            built[key] = _ask(model, chosen)
    return built, factors


def _ask(model: Json, levels: Mapping[str, Level]) -> Level:
    """The level of `model` that the builder makes with these arguments."""
    given: dict[str, Json] = {}
    for name, level in levels.items():
        given[name] = level.params if name == "width" else KERAS_NAMES.get(level.name, level.name)
    arguments = {**model["arguments"], **given}
    params = model_template.with_template({**model, "arguments": arguments, "template": {}})
    words = ",".join(f"{name}={value}" for name, value in given.items())
    return Level(name=f"{model['builder']}({words})", params=params)
