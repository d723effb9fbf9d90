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

from ablate.commands.command_texts import COMMANDS
from ablate.commands.exit_status import DONE, INTERRUPTED, USAGE_ERROR
from ablate.commands.help_blocks import EXAMPLES, OVERRIDES, STATUSES
from ablate.core.errors import AblateError, ConfigError, unknown


def parser() -> argparse.ArgumentParser:
    """Return the parser of every command."""
    top = argparse.ArgumentParser(
        prog="ablate",
        description="Find which remedy gets a classifier off the 1/N plateau, how surely, how fast, and why.",
        epilog=f"{EXAMPLES}\n{OVERRIDES}\n{STATUSES}\nMore: docs/index.md; `ablate COMMAND --help`\n",
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
            epilog=command.epilog(),
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
    parsers["export"].add_argument("--paper", action="store_true", help="write results/STUDY/paper/paper.tex")
    for name in ("try", "diagnose"):
        parsers[name].add_argument("--json", action="store_true", help="print the answer as JSON")
    parsers["plan"].add_argument(
        "--rate", type=float, metavar="RATE", help="the escape rate that you expect of the baseline"
    )
    parsers["plan"].add_argument("--pilot", metavar="STUDY", help="a study with results: plan with its baseline's rate")
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
