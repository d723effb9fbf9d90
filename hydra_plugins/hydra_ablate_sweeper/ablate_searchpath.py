"""Let Hydra find the levels of other packages (entry points of the group `ablate.conf`) beside the package's own.

Hydra imports this module at every start, so the package is imported only when the search path is built.
"""

from __future__ import annotations

from hydra.core.config_search_path import ConfigSearchPath
from hydra.plugins.search_path_plugin import SearchPathPlugin


class AblateSearchPath(SearchPathPlugin):
    """Adds the folders of levels that other packages bring to the search path of this package's configs."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Append the folders if the application is this package's; other applications keep their search path."""
        from ablate import configure
        from ablate.remedies import _plugins

        configs = str(configure.folder())
        paths = [element.path or "" for element in search_path.get_path()]
        if configs in [path.removeprefix("file://") for path in paths]:
            for name, folder in _plugins.folders().items():
                search_path.append(provider=f"ablate.{name}", path=f"file://{folder}")
