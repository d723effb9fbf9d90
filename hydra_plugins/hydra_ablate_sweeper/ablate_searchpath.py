"""Lets Hydra find the levels of other packages (entry points of the group `ablate.conf`) beside ours, and only there.

Hydra imports this module at every start, so it imports nothing of the package before it is asked.
"""

from __future__ import annotations

from hydra.core.config_search_path import ConfigSearchPath
from hydra.plugins.search_path_plugin import SearchPathPlugin


class AblateSearchPath(SearchPathPlugin):
    """Adds the folders of levels that other packages bring to our own configs' search path."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Append the folders, if the application is ours: other people's applications keep their own."""
        from ablate import configure
        from ablate.remedies import _plugins

        own = str(configure.folder())
        if any(each.path is not None and each.path.removeprefix("file://") == own for each in search_path.get_path()):
            for name, folder in _plugins.folders().items():
                search_path.append(provider=f"ablate.{name}", path=f"file://{folder}")
