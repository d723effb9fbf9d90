"""`ablate watch`: the study's page while its sweep runs, on this machine alone."""

from __future__ import annotations

import argparse
import threading

from ablate.commands import study_names


def run(arguments: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    place = study_names.folder(arguments.words)
    from ablate.report import watch

    server = watch.server(place)
    print(
        f"Watching {place} at http://{watch.HOST}:{server.server_port}/ (Ctrl-C ends it; the sweep goes on)", flush=True
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(1.0)
    except KeyboardInterrupt:
        print("")
    finally:
        server.shutdown()
        server.server_close()
    return 0
