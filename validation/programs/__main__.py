"""`python -m validation.programs verify|audit|unseen|drawn|try [minutes=N] [NAME ...]`: the tables beside this file."""

from __future__ import annotations

import sys
from pathlib import Path

from validation.programs.catalogue import programs
from validation.programs.program import Program

HERE = Path(__file__).parent
VERIFIED = HERE / "verified.csv"
DRAWN = 90
"""Programs with a fault that are drawn at random; half as many are drawn without one."""


def main(words: list[str]) -> int:
    """Run a command on the named programs, or on all; return the exit status."""
    command, rest = words[0] if words else "audit", words[1:]
    if command == "drawn":
        from validation.programs import draws

        return draws.main(HERE, faulty=DRAWN, sound=DRAWN // 2)
    names = [word for word in rest if not word.startswith("minutes=")]
    every = {program.id: program for program in programs()}
    chosen = [every[name] for name in names or every]
    if command == "verify":
        return _verify(chosen, whole=not names)
    if command == "try":
        from validation.programs import tried

        bounds = [60 * float(word.removeprefix("minutes=")) for word in rest if word not in names]
        return tried.main(chosen, HERE, *bounds)
    from validation.programs import audited

    if command == "unseen":
        return audited.unseen(chosen, HERE)
    return audited.again(chosen, HERE) if names else audited.main(chosen, HERE)


def _verify(chosen: list[Program], *, whole: bool) -> int:
    """Write what is missing in the table of all programs, or print the rows of the named ones."""
    from validation.programs import verify

    if not whole:
        verify.write(chosen, Path("/dev/stdout"))
        return 0
    verify.write([program for program in chosen if not verify.finished(program, VERIFIED)], VERIFIED)
    wrong = {name: what for name, what in verify.verdicts(VERIFIED).items() if what}
    print(*(f"{name}: {what}" for name, what in wrong.items()), sep="\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
