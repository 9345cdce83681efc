"""The action server: rasa-sdk's own application, bound to loopback. ``python -m bot.action_server [--port N]``."""

from __future__ import annotations

import argparse
import logging
import os

from bot.logs import configure_logs, quiet_third_parties

if __name__ == "__main__":
    quiet_third_parties()

# rasa-sdk binds to every address and has no option for it; Sanic takes the address we give.
import rasa_sdk.endpoint
from rasa_sdk.executor import ActionExecutor  # noqa: F401  (registers the actions of the package when run)

from bot.settings import get_settings


def main() -> None:
    """Serve the actions of the package ``actions`` until stopped."""
    settings = get_settings()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=settings.action_port)
    port = parser.parse_args().port
    os.environ.setdefault("SANIC_REQUEST_TIMEOUT", "60")
    app = rasa_sdk.endpoint.create_app("actions")
    configure_logs(settings)
    logging.getLogger("sanic.root").setLevel(logging.WARNING)
    app.run(host=settings.host, port=port, workers=1, access_log=False, debug=False)


if __name__ == "__main__":
    main()
