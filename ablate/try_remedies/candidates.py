"""Choose the remedies to try on a user's model: a few levels of each factor that can change something in it.

Each factor names its own candidates (`Remedy.candidates`).
"""

from __future__ import annotations

import dataclasses
import inspect
import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from ablate import configure, remedies
from ablate.configure import model_template
from ablate.core.errors import ConfigError
from ablate.core.study import Factor, Json, Level, Setting, Study
from ablate.remedies import _loss_path
from ablate.remedies import model as models
from ablate.remedies.depth import DEPTH
from ablate.remedies.model import MODEL
from ablate.remedies.width import WIDTH

Key = tuple[tuple[str, str], ...]
"""(factor, level) of each factor that is changed through an argument of the builder, sorted."""


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """The remedies to try.

    Attributes:
        study: the model's own levels as the baseline, and every level that is tried.
        left_out: factor -> why none of its levels is tried.
        built: levels of `model` by the builder's arguments, for factors that the model's layers cannot take.
        by_argument: the factors that are changed through arguments of the builder.
    """

    study: Study
    left_out: Mapping[str, str]
    built: Mapping[Key, Level] = field(default_factory=dict)
    by_argument: tuple[str, ...] = ()

    def setting(self, levels: Mapping[str, Level]) -> Setting:
        """Return the baseline with these levels; arguments of the builder become another level of `model`."""
        key = _key({name: level for name, level in levels.items() if name in self.by_argument})
        return self.study.baseline.replace(**({**levels, MODEL: self.built[key]} if key else levels))


def choose(study: Study, given: Collection[str] = ()) -> Candidates:
    """Choose the remedies to try.

    Args:
        study: its baseline is the user's model; a factor to which the user gave several levels keeps them.
        given: the factors that the user's overrides name: one value fixes a factor.
    """
    model = study.baseline[MODEL].params
    offered = _offered(study)
    left_out: dict[str, str] = {}
    factors, asked = {}, []
    for factor in study.factors:
        levels = factor.levels if factor.varies else offered.get(factor.name, ())
        levels = tuple(level for level in levels if level != factor.baseline)
        if levels and _has_no_place(factor.name, model):
            if factor.name in _takes(model):
                asked.append(factor.name)
            else:
                left_out[factor.name] = "the model has no place for it, and the builder has no such argument"
                levels = ()
        elif levels and factor.name in given and not factor.varies:
            left_out[factor.name] = "one value is given"
            levels = ()
        factors[factor.name] = dataclasses.replace(factor, levels=(factor.baseline, *levels))
    if not (factors[WIDTH].varies or WIDTH in left_out or WIDTH in asked or study.baseline[DEPTH].params):
        argument = "; the builder has the argument `model.arguments.width=16`" if WIDTH in _takes(model) else ""
        left_out[WIDTH] = f"the layers have no common width{argument}"
    return _through_builder(study, factors, asked, left_out)


def _has_no_place(factor: str, model: Json) -> bool:
    remedy = remedies.registry()[factor]
    return remedy.inside and remedy.candidates is not remedies.no_candidates and factor not in models.applying(model)


def _offered(study: Study) -> dict[str, tuple[Level, ...]]:
    """Return each factor's candidates for this baseline: levels by the names of their files, or numbers."""
    base = study.baseline.params()
    offered = {name: remedy.candidates(base) for name, remedy in remedies.registry().items()}
    named = {name: [str(text) for text in texts if isinstance(text, str)] for name, texts in offered.items()}
    composed = configure.compose([*(f"{name}={','.join(names)}" for name, names in named.items() if names), "seed=0"])
    return {
        name: composed.factor(name).levels if named[name] else tuple(_number(name, value) for value in values)
        for name, values in offered.items()
    }


def _number(name: str, value: Json) -> Level:
    params = remedies.checked(name, value)
    return Level(name=str(params), params=params)


def _takes(model: Json) -> Sequence[str]:
    """Return the arguments of the model's builder that are names of factors."""
    if model["kind"] == "mlp":
        return ()
    names = inspect.signature(_loss_path.named(model["builder"])).parameters
    return [name for name, remedy in remedies.registry().items() if remedy.argument is not None and name in names]


def _through_builder(
    study: Study, factors: dict[str, Factor], asked: Sequence[str], left_out: dict[str, str]
) -> Candidates:
    """Build a level of `model` for every combination of levels of the factors that are arguments of the builder."""
    base = study.baseline[MODEL]
    accepted: dict[str, tuple[Level, ...]] = {}
    for name in asked:
        levels = factors[name].levels[1:]
        try:
            for level in levels:
                _build(base.params, {name: level})
        except ConfigError as error:
            left_out[name] = str(error)
            factors[name] = dataclasses.replace(factors[name], levels=(factors[name].baseline,))
        else:
            accepted[name] = levels
    built = {}
    for combination in itertools.product(*([None, *levels] for levels in accepted.values())):
        chosen = {name: level for name, level in zip(accepted, combination, strict=True) if level is not None}
        if chosen:
            built[_key(chosen)] = _build(base.params, chosen)
    if built:
        others = [level for level in dict.fromkeys(built.values()) if level != base]
        factors[MODEL] = Factor(name=MODEL, levels=(base, *others), baseline=base)
    varying = [factor.name for factor in factors.values() if factor.varies and factor.name != MODEL]
    designs = ({"kind": "one_at_a_time", "factors": varying},)
    return Candidates(
        study=dataclasses.replace(study, factors=tuple(factors.values()), designs=designs),
        left_out=left_out,
        built=built,
        by_argument=tuple(accepted),
    )


def _key(levels: Mapping[str, Level]) -> Key:
    return tuple(sorted((name, level.name) for name, level in levels.items()))


def _build(model: Json, levels: Mapping[str, Level]) -> Level:
    """Return the level of `model` that the builder makes with these levels as arguments."""
    given: dict[str, Json] = {}
    for name, level in levels.items():
        argument = remedies.registry()[name].argument
        given[name] = argument(level) if argument else level.params
    params = model_template.with_template({**model, "arguments": {**model["arguments"], **given}, "template": {}})
    words = ",".join(f"{name}={value}" for name, value in given.items())
    return Level(name=f"{model['builder']}({words})", params=params)
