"""Parse the command line `ablate COMMAND WORD ...` and run the command.

A command is a small module in `ablate.commands` that is imported when it is called: help, lists and errors stay fast.
"""

from __future__ import annotations

import argparse
import importlib
import keyword
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ablate.commands.exit_status import DONE, INTERRUPTED, USAGE_ERROR
from ablate.core.errors import AblateError, ConfigError, unknown

OVERRIDES = """\
Overrides have Hydra's grammar:
  loss=clipped,fused            several levels: the factor is swept
  width=64                      one level: the factor is fixed
  'activation=glob(*)'          every level; 'seed=range(20)' lists numbers
  loss.eps=1e-3,1e-7            a parameter of a level
  experiment=blog               a study that comes with the package
  design=one_at_a_time          which settings are run (default: full)
  task=npz path=my.npz          your own arrays
  study=NAME results_dir=PATH   where the results go: PATH/NAME
Quote an override with characters that your shell would change, such as ( and *.
`ablate list` names all studies, factors and levels.
"""

SEARCH = """\

How to search:
  search.trials=2000            the most trials of the search
  'search.factors=[loss,width]' the factors to search; the others stay fixed
  search.sampler=TPESampler     any sampler of Optuna (default: auto)
  search.target=0.8             the escape rate that is enough
"""

TRY = """\
The rows: a csv file (label=COLUMN), an npz file with `x` and `y` (and `x_val`,
`y_val`), or my_script.py:make_data, a function that returns (x, y),
((x, y), (x_val, y_val)) or a tf.data.Dataset.
How your program calls fit: epochs=20 batch_size=32 validation_split=0.2
How it is tried:
  minutes=10                    the most time for all of it
  seeds=5                       fresh seeds that confirm the answer
  backend=jax                   the back end that your program is written for
  workers=0                     processes (0: one per core)

With the words of a study, each remedy is trained alone, all together, and all
but one: model=my_package:make_model task=npz path=my.npz steps=400
results_dir=PATH (default: results).

Exit status: 0 it learns; 1 it does not, and a way out was found; 2 it cannot be
used as asked; 3 no way out was found; 130 interrupted.
"""

PLACE = """\
results_dir=PATH says where the results are (default: results).
`ablate list studies` names the studies with results.
"""

STATUSES = """\
Exit status: 0 done; 1 a trial trained again does not repeat its record;
2 something cannot be used as asked, and the message says why; 130 interrupted.
"""

STUDY = "the study's name, path or address; or the overrides it was swept with"


@dataclass(frozen=True, kw_only=True)
class Command:
    """The texts of a command's help.

    Attributes:
        summary: what it does, beginning with a verb in small letters.
        example: a whole command line.
        words: what its words are.
        notes: the text at the end of the help.
    """

    summary: str
    example: str
    words: str = "an override"
    notes: str = OVERRIDES


COMMANDS = {
    "plan": Command(
        summary="print what a sweep would train, how long it takes, and whether the data can be a task",
        example="ablate plan experiment=blog",
    ),
    "sweep": Command(
        summary="train every trial of a study that has no result yet, then write the report",
        example="ablate sweep task=digits loss=clipped,fused learning_rate=1e-3,3e-2",
    ),
    "search": Command(
        summary="find the smallest sufficient set of remedies without training every setting",
        example="ablate search experiment=blog search.trials=2000",
        notes=OVERRIDES + SEARCH,
    ),
    "try": Command(
        summary="find out why your own Keras model stays at chance, and what gets it off",
        example="ablate try my_script.py:make_model data.csv epochs=20",
        words="the function that builds the model, the rows, perhaps validation rows; then KEY=VALUE",
        notes=TRY,
    ),
    "report": Command(
        summary="write results/STUDY/report again from the stored trials",
        example="ablate report blog --formats pdf,tex",
        words=STUDY,
        notes=PLACE,
    ),
    "show": Command(
        summary="print one trial: how it ended, its setting, its curves, and the commands that repeat it",
        example="ablate show 3f2a9c0d11e84b57 --rerun",
        words="the trial's id or its first digits; study=NAME says in which study to look",
        notes=PLACE,
    ),
    "list": Command(
        summary="list the studies, factors, levels and documents",
        example="ablate list levels",
        words="studies, factors, levels, documents, or a factor's name; default: all",
        notes=PLACE,
    ),
    "table": Command(
        summary="print a table of settings, or of groups of settings: trials by state, escape rate with its interval, "
        "median time",
        example="ablate table blog --by loss learning_rate --format md",
        words=STUDY,
        notes=PLACE,
    ),
    "compare": Command(
        summary="print what changed beyond noise between two studies, or between two results of one study; equal "
        "settings are paired by seed",
        example="ablate compare blog other/results/blog",
        words="two studies, by name, path or address",
        notes=PLACE,
    ),
    "watch": Command(
        summary="serve a study's page on this machine while its sweep runs",
        example="ablate watch blog",
        words=STUDY,
        notes=PLACE,
    ),
}


def parser() -> argparse.ArgumentParser:
    """Return the parser of every command."""
    top = argparse.ArgumentParser(
        prog="ablate",
        description="Find which remedy gets a classifier off the 1/N plateau, how surely, how fast, and why.",
        epilog=f"Example: ablate sweep experiment=blog\n\n{OVERRIDES}\n{STATUSES}",
        formatter_class=_Formatter,
        allow_abbrev=False,
    )
    subparsers = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    parsers = {}
    for name, command in COMMANDS.items():
        parsers[name] = subparsers.add_parser(
            name,
            help=command.summary,
            description=f"{command.summary[0].upper()}{command.summary[1:]}.",
            epilog=f"Example: {command.example}\n\n{command.notes}",
            formatter_class=_Formatter,
            allow_abbrev=False,
        )
        parsers[name].add_argument("words", nargs="*", metavar="WORD", help=command.words)
    parsers["show"].add_argument(
        "--rerun", action="store_true", help="train the trial again and compare it with its record"
    )
    parsers["report"].add_argument(
        "--formats",
        action="append",
        default=[],
        metavar="NAMES",
        help="also write every figure as pdf, png or svg, and every table as md or tex; several with commas",
    )
    parsers["try"].add_argument("--json", action="store_true", help="print the answer as JSON")
    parsers["table"].add_argument(
        "--by", nargs="+", action="extend", metavar="FACTOR", help="one row per level of these factors"
    )
    parsers["table"].add_argument(
        "--format", choices=("text", "csv", "md", "json"), default="text", help="default: text"
    )
    return top


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Wrap the description, and keep the lines of the epilog."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" in text:
            return super()._fill_text(text, width, indent)
        return argparse.HelpFormatter._fill_text(self, text, width, indent)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line.

    Args:
        arguments: the words after `ablate`; None: those of this process.

    Returns:
        The exit status (`ablate.commands.exit_status`).
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and not words[0].startswith("-") and words[0] not in COMMANDS:
        return answer(lambda: _no_command(words[0]))
    top = parser()
    parsed, rest = top.parse_known_args(words)
    flags = [word for word in rest if word.startswith("-")]
    if flags:
        top.error(f"unknown option of `ablate {parsed.command}`: {' '.join(flags)}")
    parsed.words += rest
    if getattr(parsed, "by", None):
        parsed.words += [word for word in parsed.by if "=" in word]
        parsed.by = [word for word in parsed.by if "=" not in word]
    return answer(lambda: importlib.import_module(_module(parsed.command)).run(parsed))


def _module(command: str) -> str:
    """Return the name of a command's module: `try_` for `try`, because a keyword of Python cannot be imported."""
    return f"ablate.commands.{command}{'_' if keyword.iskeyword(command) else ''}"


def _no_command(word: str) -> int:
    raise ConfigError(unknown("command", word, COMMANDS))


def answer(command: Callable[[], int]) -> int:
    """Run a command and return its exit status; an error is printed as one message on standard error."""
    try:
        status = command()
        sys.stdout.flush()
    except AblateError as error:
        print(f"ablate: {error}", file=sys.stderr)
        return USAGE_ERROR
    except KeyboardInterrupt:
        print("ablate: interrupted. Finished trials are kept: run the same command again to continue.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the program that reads the output, such as `head`, has ended
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    return status


if __name__ == "__main__":
    sys.exit(main())
