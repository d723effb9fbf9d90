"""What decides a traced program, found out without tracing it.

The key of a program holds its name, the installed packages, Keras' settings and the source of every folder of this
package from which the engine may import. What the key cannot hold is the code of a user or of
another package: which files take part is known only after tracing. So the paths of these files are kept beside the
program, each with a hash, and the program is used while none of them has changed.

A process runs the code that it read when it began. If a file has changed since then, or if classes or functions come
from a prompt or notebook, nobody knows what the process runs: it neither uses nor keeps what was traced.
"""

from __future__ import annotations

import hashlib
import os
import platform
import site
import sys
import sysconfig
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from ablate.engine.runtime import keras, versions

FOLDERS = ("core", "tasks", "remedies", "design", "outcomes", "engine")
"""The folders of this package from which the engine imports; a test compares them with the imports' contract."""

ROOT = Path(__file__).parents[1]
GENERATED = "__autograph_generated_file"
"""Names of modules that TensorFlow writes while it traces begin so."""


def of(name: str) -> str | None:
    """Return the key under which a traced program is kept; None if it must be traced.

    Args:
        name: says all that the program's code does not say, the shapes of its arguments too.
    """
    package, installed = _hashes(_package()), _hashes(_installed())
    if package is None or installed is None or _made_at_a_prompt():
        return None
    code = {path.removeprefix(str(ROOT)): digest for path, digest in package.items()}
    settings = (keras.config.epsilon(), keras.config.floatx(), keras.config.image_data_format())
    return "\n".join(map(str, (name, settings, versions(), platform.python_version(), code, list(installed.values()))))


def sources() -> dict[str, str] | None:
    """Return a hash of every loaded file of code that no key holds, by path; None if one has changed since."""
    paths = {path for name, module in list(sys.modules.items()) if (path := _own_file(name, module))}
    return _hashes(sorted(paths))


def unchanged(hashes: Mapping[str, str]) -> bool:
    """Return whether these files still have these hashes, and had them when this process began."""
    return _hashes(hashes) == hashes


def _own_file(name: str, module: Any) -> str:
    """Return the path of a module's source if no key holds it; empty otherwise.

    Args:
        name: the module's name.
        module: the module.
    """
    path = getattr(module, "__file__", None) or ""
    top = name.partition(".")[0]
    if top in sys.stdlib_module_names or top == ROOT.name or name.startswith(GENERATED):
        return ""
    return "" if path.startswith(_libraries()) and top not in _brought() else path


@cache
def _libraries() -> tuple[str, ...]:
    """Return the folders of installed packages, and of Python's own modules."""
    folders = [sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    return tuple({f"{folder}{os.sep}" for folder in [*folders, *site.getsitepackages(), site.getusersitepackages()]})


@cache
def _brought() -> frozenset[str]:
    """Return the top-level names of the packages that bring levels or factors."""
    entries = [entry for group in ("ablate.levels", "ablate.factors") for entry in entry_points(group=group)]
    return frozenset(entry.value.partition(":")[0].partition(".")[0] for entry in entries)


def _package() -> list[str]:
    """Return the paths of this package's source as far as the engine may import it."""
    return sorted(str(path) for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


@cache
def _installed() -> list[str]:
    """Return the paths of the lists of files, with checksums, of all installed packages."""
    return sorted(str(path) for folder in _libraries() for path in Path(folder).glob("*.dist-info/RECORD"))


def _hashes(paths: Iterable[str]) -> dict[str, str] | None:
    """Return the hash of each file; None if one is gone, or has changed since this process began."""
    with suppress(OSError):
        hashes = {path: _hash(path) for path in paths}
        if all(Path(path).stat().st_ctime <= STARTED for path in hashes):
            return hashes
    return None


@cache
def _hash(path: str) -> str:
    """Return the hash of a file; it is read once, because its time is compared again at each use."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _made_at_a_prompt() -> bool:
    """Return whether classes or functions were defined where no file holds them."""
    main = sys.modules.get("__main__")
    values = list(vars(main).values()) if main is not None and not getattr(main, "__file__", None) else []
    return any(getattr(value, "__module__", None) == "__main__" for value in values)


def _started() -> float:
    """Return when this process began, in seconds since 1970; now where Linux does not say."""
    try:
        ticks = int(Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19])
        booted = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
        return booted + (ticks + 1) / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError, ValueError):
        return time.time()


STARTED = _started()
