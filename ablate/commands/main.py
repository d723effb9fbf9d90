"""The command line: `ablate COMMAND`, each (see COMMANDS) with Hydra overrides as its words.

A command is a small function in `ablate.commands`, imported when it is called: help, lists and errors stay fast.
"""

from __future__ import annotations

import argparse
import importlib
import keyword
import os
import sys
from collections.abc import Callable, Sequence

from ablate.commands.exit_status import DONE, INTERRUPTED, USAGE_ERROR
from ablate.core.errors import AblateError, ConfigError, unknown

OVERRIDES = """\
Overrides are Hydra's: loss=clipped,fused   learning_rate=1e-3,1e-1   seed=range(20)   activation=glob(*)
loss.eps=1e-3,1e-7   experiment=blog   design=one_at_a_time   study=NAME   results_dir=PATH   task=npz path=FILE
A list sweeps a factor over these levels; one value fixes it. `ablate list` names them all.
"""

COMMANDS = {
    "plan": (
        "what a sweep would train, how long it takes, and whether the data can be a task",
        "ablate plan experiment=blog",
    ),
    "sweep": (
        "train every trial of a study that has no result yet, then write the report",
        "ablate sweep task=digits loss=clipped,fused learning_rate=1e-3,3e-2 seed=range(20)",
    ),
    "search": (
        "find the smallest set of remedies that is enough, without training every setting",
        "ablate search experiment=blog search.trials=2000",
    ),
    "try": (
        "which remedies get your own Keras model off the plateau: each alone, all but each, the smallest set",
        "ablate try model=my_package:make_model task=npz path=my.npz",
    ),
    "report": ("write results/STUDY/report anew from what is stored", "ablate report blog"),
    "show": (
        "one trial: its setting, its curves, and the command that repeats it",
        "ablate show 3f2a9c0d11e84b57 --rerun",
    ),
    "list": ("the studies, factors and levels there are", "ablate list levels"),
    "table": (
        "one row a setting, or a group of settings: states, escape rate with its interval, median time",
        "ablate table blog --by loss learning_rate --format md",
    ),
    "compare": (
        "two studies, or one study in two folders: what changed beyond noise, paired where trials match",
        "ablate compare blog other/results/blog",
    ),
    "watch": ("the study's page while its sweep runs, served to this machine alone", "ablate watch blog"),
}
"""Per command: what it answers, and an example."""


def parser() -> argparse.ArgumentParser:
    """The parser of every command."""
    top = argparse.ArgumentParser(
        prog="ablate",
        description="Which remedy gets a classifier off the 1/N plateau, how surely, how fast, and why.",
        epilog="Example: ablate sweep experiment=blog\n\n" + OVERRIDES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    made = {}
    for name, (what, example) in COMMANDS.items():
        made[name] = commands.add_parser(
            name,
            help=what,
            description=what[0].upper() + what[1:] + ".",
            epilog=f"Example: {example}\n\n{OVERRIDES}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        made[name].add_argument("words", nargs="*", metavar="WORD", help=_words(name))
    made["show"].add_argument("--rerun", action="store_true", help="train the trial again and compare with the record")
    made["table"].add_argument("--by", nargs="+", action="extend", metavar="FACTOR", help="one row per level of these")
    made["table"].add_argument("--format", choices=("text", "csv", "md", "json"), default="text")
    return top


def _words(command: str) -> str:
    own = {
        "report": "the study's name, or overrides that give it",
        "table": "the study's name, or overrides that give it",
        "compare": "two studies, by name or by path; overrides say where to look (results_dir=)",
        "watch": "the study's name, or overrides that give it",
        "show": "the trial's id, or its first digits; overrides say where to look (study=, results_dir=)",
        "list": "studies, factors or levels; all of them if nothing is named; or a factor's name",
    }
    return own.get(command, "a Hydra override")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; comes back with the exit status.

    0: done; 1: done, and something was wrong with what was found; 2: what was asked for cannot be; 130: interrupted.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and not words[0].startswith("-") and words[0] not in COMMANDS:
        return answer(lambda: _no_command(words[0]))
    top = parser()
    found, rest = top.parse_known_args(words)
    flags = [word for word in rest if word.startswith("-")]
    if flags:
        top.error(f"unknown option of `ablate {found.command}`: {' '.join(flags)}")
    found.words += rest
    if getattr(found, "by", None):
        found.words += [word for word in found.by if "=" in word]
        found.by = [word for word in found.by if "=" not in word]
    return answer(lambda: importlib.import_module(_module(found.command)).run(found))


def _module(command: str) -> str:
    """The module of a command; a word of Python's own cannot be a module's name."""
    return f"ablate.commands.{command}{'_' if keyword.iskeyword(command) else ''}"


def _no_command(word: str) -> int:
    raise ConfigError(unknown("command", word, COMMANDS))


def answer(command: Callable[[], int]) -> int:
    """The exit status of a command, with its errors as one message on standard error."""
    try:
        status = command()
        sys.stdout.flush()
    except AblateError as error:
        print(f"ablate: {error}", file=sys.stderr)
        return USAGE_ERROR
    except KeyboardInterrupt:
        print(
            "ablate: interrupted; what is finished is kept, and the same command goes on from there.", file=sys.stderr
        )
        return INTERRUPTED
    except BrokenPipeError:  # the reader, `head` for one, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    return status


if __name__ == "__main__":
    sys.exit(main())
