"""Hydra configs and overrides -> a Study. The only module that reads a config.

Hydra composes the base study once, with every level the study names in the same composition, whatever the number of
trials. An override that sweeps (`loss=clipped,fused`, `seed=range(20)`, `activation=glob(*)`) gives a factor its
levels; a single value (`width=256`) gives it one level, which is the baseline's.
"""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ablate import declare, levels, remedies
from ablate.errors import ConfigError, unknown
from ablate.levels import Source
from ablate.study import Json, Study

SHORTHAND = {name: f"task.{name}" for name in ("path", "label", "inputs", "labels")}
"""Words for the user's own arrays: `task=npz path=arrays.npz` means `task=npz task.path=arrays.npz`."""

Options = Callable[[str], Sequence[str]]
"""Config group -> the names of its options; none for what is no group."""

MOST_VALUES = 10**6
"""One override can sweep over this many values."""


@dataclass(frozen=True, kw_only=True)
class Overrides:
    """What the overrides say, sorted by what becomes of it.

    Attributes:
        plain: Hydra's to apply.
        axes: per factor (also `seed` and `design`) that sweeps, its values.
        params: (factor, path of a parameter, its values as texts that Hydra reads).
        replaced: keys that the overrides decide.
    """

    plain: list[str] = field(default_factory=list)
    axes: dict[str, tuple[Json, ...]] = field(default_factory=dict)
    params: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    replaced: set[str] = field(default_factory=set)


def folder() -> Path:
    """Where the configs are: in the package when it is installed, beside it in a checkout."""
    package = Path(__file__).resolve().parent
    return next(each for each in (package / "conf", package.parent / "conf") if (each / "config.yaml").is_file())


def compose(overrides: Sequence[str] = ()) -> Study:
    """The study that the configs and these overrides describe.

    Args:
        overrides: in Hydra's grammar: `loss=clipped,fused`, `learning_rate=1e-3,1e-1`, `seed=range(20)`,
            `loss.eps=1e-3,1e-7`, `experiment=blog`, `activation=glob(*)`, ...

    Raises:
        ConfigError: an unknown factor, level or key, a wrong type, or a grid that is empty or absurdly large.

    Examples:
        >>> study = compose(["loss=clipped,fused", "width=32,256", "seed=range(3)"])
        >>> [(factor.name, [level.name for level in factor.levels]) for factor in study.varying]
        [('loss', ['clipped', 'fused']), ('width', ['32', '256'])]
        >>> study.seeds
        (0, 1, 2)
    """
    with _hydra() as options:
        given = _sorted(overrides, options)
        source = _composed(given, _named(given.axes, options))
        axes = {**_declared(source.config, given, options), **given.axes}
        if not _named(axes, options) <= set(source.named):
            source = _composed(given, _named(axes, options))
        command = shlex.join(["ablate", "sweep", *overrides])
    return declare.study(dataclasses.replace(source, axes=axes, command=command))


def factors() -> dict[str, tuple[str, ...]]:
    """Every factor and the names of its levels, the baseline's first; of a numeric factor, its baseline alone."""
    with _hydra() as options:
        source = _composed(Overrides(), set())
        return {
            name: tuple(dict.fromkeys((levels.text(source.choices.get(name, source.config[name])), *options(name))))
            for name in remedies.registry()
        }


def experiments() -> dict[str, str]:
    """The studies that come with the package, by name, and the question of each."""
    from omegaconf import OmegaConf

    found = {path.stem: OmegaConf.load(path) for path in sorted((folder() / "experiment").glob("*.yaml"))}
    return {name: str(OmegaConf.select(config, "question", default="")) for name, config in found.items()}


def spelled_out(argument: str) -> str:
    """An argument of the Hydra application as Hydra's own parser needs it; what is no override of ours stays as it is.

    Examples:
        >>> [spelled_out(each) for each in ("path=x.npz", "optimizer.momentum=0.9", "width=3", "--info")]
        ['++task.path=x.npz', '++optimizer.momentum=0.9', 'width=3', '--info']
    """
    key, equals, value = argument.partition("=")
    name = key.lstrip("+")
    name = SHORTHAND.get(name, name)
    if not equals or name.partition(".")[0] not in remedies.registry():
        return argument
    return f"{'++' if '.' in name else ''}{name}={value}"


@contextmanager
def _hydra() -> Iterator[Options]:
    """Hydra on our configs, as a function group -> its options.

    Its errors become ours; its global state is put back.
    """
    from hydra import initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException
    from yaml import YAMLError

    try:
        with initialize_config_dir(str(folder()), version_base="1.3"):
            yield cache(GlobalHydra.instance().config_loader().get_group_options)
    except (HydraException, OmegaConfBaseException, YAMLError) as error:
        raise ConfigError(_readable(error)) from error


def _readable(error: Exception) -> str:
    """Hydra's message and its cause's in one line, without places in its own tree."""
    lines = [line.strip() for each in (error, error.__cause__) if each for line in str(each).splitlines()]
    return " ".join(line for line in lines if line not in ("", "None") and not line.startswith(("See ", "full_key", "object_type")))


def _parsed(overrides: Iterable[str]) -> list[Any]:
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    parser, found = OverridesParser.create(), []
    for each in overrides:
        try:
            found.append(parser.parse_override(each))
        except HydraException as error:
            raise ConfigError(f"{each!r} is no override in Hydra's grammar (KEY=VALUE): {_readable(error)}") from error
    return found


def _sorted(overrides: Sequence[str], options: Options) -> Overrides:
    """Each override put where it belongs. `+` and `++` before a key we know mean what the key alone means."""
    found = Overrides()
    for each in _parsed(overrides):
        if each.is_hydra_override():
            found.plain.append(each.input_line)
            continue
        key = SHORTHAND.get(each.key_or_group, each.key_or_group)
        head, _, path = key.partition(".")
        _check_key(each, head, path, options)
        found.replaced.add(head)
        if each.is_delete():
            found.plain.append(each.input_line)
        elif path and head in remedies.registry():
            found.params.append((head, path, _texts(each)))
        elif each.is_sweep_override():
            found.axes[head] = _values(each, options(head))
            _check_options(head, found.axes[head], options)
        elif path or head in declare.TYPES or (head in remedies.registry() and not options(head)):
            found.plain.append(f"{'++' if path else ''}{key}={each.get_value_string()}")
        elif each.value() is not None or head != "experiment":
            _check_options(head, (each.value(),), options)
            found.plain.append(f"{head}={each.get_value_string()}")
    return found


def _check_key(each: Any, head: str, path: str, options: Options) -> None:
    """The key is a factor, a parameter of a factor's levels, or a key of the study; only the first two sweep."""
    known = {*remedies.registry(), "design", "experiment", *declare.TYPES}
    word = head if each.package is None else f"{head}@{each.package}"
    if word not in known:
        raise ConfigError(unknown("factor or key", word, {*known, *SHORTHAND}))
    if path and head in remedies.registry() and not options(head):
        raise ConfigError(f"`{head}` is a number and has no parameters. Received: {each.input_line!r}.")
    if each.is_sweep_override() and head not in {*remedies.registry(), "seed", "design"}:
        raise ConfigError(f"`{head}` is one for the whole study and cannot sweep. Received: {each.input_line!r}.")


def _check_options(group: str, entries: Iterable[Json], options: Options) -> None:
    allowed = options(group)
    for entry in entries if allowed or group == "experiment" else ():
        if levels.option(entry) not in allowed:
            kind = "experiment" if group == "experiment" else f"level of `{group}`"
            raise ConfigError(unknown(kind, levels.option(entry), allowed))


def _texts(each: Any) -> tuple[str, ...]:
    """The values of an override as texts that Hydra reads."""
    if not each.is_sweep_override():
        return (each.get_value_string(),)
    _values(each, ())
    return tuple(each.sweep_string_iterator())


def _values(each: Any, names: Sequence[str]) -> tuple[Json, ...]:
    """The values that an override sweeps over; a glob picks among the names."""
    from hydra.core.override_parser.types import Glob, QuotedString, RangeSweep

    swept = each.value()
    if each.is_interval_sweep():
        raise ConfigError(
            f"An interval has no levels to list; only a search draws from it. Received: {each.input_line!r}."
        )
    if isinstance(swept, RangeSweep):
        count = abs(swept.stop - swept.start) / abs(swept.step) if swept.step else float("inf")
        if count > MOST_VALUES:
            raise ConfigError(f"{each.input_line!r} has {count:,.0f} values. At most {MOST_VALUES:,} can be.")
    listed = swept.filter(list(names)) if isinstance(swept, Glob) else each.sweep_iterator()
    values = tuple(value.text if isinstance(value, QuotedString) else value for value in listed)
    if not values:
        raise ConfigError(f"{each.input_line!r} names no value at all: an empty grid.")
    return values


def _declared(config: Mapping[str, Json], given: Overrides, options: Options) -> dict[str, tuple[Json, ...]]:
    """The seeds, and the levels that the experiment gives its factors, less those that an override decides."""
    listed = {"seed": config["seed"], **(config["factors"] or {})}
    result = {}
    for name, entries in listed.items():
        if name != "seed" and name not in remedies.registry():
            raise ConfigError(unknown("factor in `factors`", str(name), remedies.registry()))
        if name not in given.replaced:
            result[name] = _entries(name, entries, options)
    return result


def _entries(name: str, entries: Json, options: Options) -> tuple[Json, ...]:
    """What a config lists: values, or Hydra's own words for them (`"range(20)"`, `"glob(*)"`)."""
    if isinstance(entries, str):
        (parsed,) = _parsed([f"{name}={entries}"])
        entries = _values(parsed, options(name)) if parsed.is_sweep_override() else parsed.value()
    found = tuple(entries) if isinstance(entries, list | tuple) else (entries,)
    if not found:
        raise ConfigError(f"`{name}` has no values in the config: an empty grid.")
    _check_options(name, found, options)
    return found


def _named(axes: Mapping[str, Sequence[Json]], options: Options) -> set[tuple[str, str]]:
    """The options, by group, that the entries name."""
    return {(group, levels.option(entry)) for group, entries in axes.items() if options(group) for entry in entries}


def _composed(given: Overrides, wanted: Iterable[tuple[str, str]]) -> Source:
    """The base config with the plain overrides, the wanted options and the parameters' values, in one composition."""
    import hydra
    from omegaconf import OmegaConf

    named = sorted(wanted)
    overrides = [
        *given.plain,
        *(f"+{group}@asked.option_{place}={name}" for place, (group, name) in enumerate(named)),
        *(
            f"++asked.param_{place}_{number}={text}"
            for place, (_, _, texts) in enumerate(given.params)
            for number, text in enumerate(texts)
        ),
    ]
    composed = hydra.compose("config", overrides, return_hydra_config=True)
    chosen = OmegaConf.to_container(composed.hydra.runtime.choices)
    own = OmegaConf.masked_copy(composed, [key for key in composed if key != "hydra"])
    config: Any = OmegaConf.to_container(own, resolve=True)
    asked = config.pop("asked", {})
    return Source(
        config=config,
        choices={group: name for group, name in chosen.items() if "/" not in group and "@" not in group and name},
        named={key: asked[f"option_{place}"] for place, key in enumerate(named)},
        axes=given.axes,
        params=[
            (factor, path, [asked[f"param_{place}_{number}"] for number in range(len(texts))])
            for place, (factor, path, texts) in enumerate(given.params)
        ],
        replaced=frozenset(given.replaced),
    )
