"""Run `ablate watch`: serve a study's page on this machine while its sweep runs."""

from __future__ import annotations

import argparse
import threading

from ablate.commands import study_names
from ablate.commands.exit_status import DONE


def run(arguments: argparse.Namespace) -> int:
    """Serve the page until Ctrl-C."""
    folder = study_names.folder(arguments.words)
    from ablate.report import watch

    server = watch.server(folder)
    address = f"http://{watch.HOST}:{server.server_port}/"
    print(f"Watching {folder} at {address} (Ctrl-C ends it; the sweep goes on)", flush=True)
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
    return DONE
