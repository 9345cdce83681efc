"""The dialogue server: Rasa's own, with the project's settings.

``python -m bot.dialogue_server [--port N] [--model FILE]``
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from pathlib import Path
from typing import Any

# Before Rasa is imported: telemetry off, TensorFlow quiet.
os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")

from bot.settings import ROOT, Settings, get_settings
from bot.training import MODEL


def arguments() -> argparse.Namespace:
    """What stands on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=get_settings().port)
    parser.add_argument("--model", type=Path, default=MODEL, help="an archive other than the one `make train` keeps")
    return parser.parse_args()


if __name__ == "__main__":
    # For one message a second thread of the linear algebra only waits, and keeps a core busy with it.
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    # Only in the server's own process: whoever imports this module may need what is left out.
    from bot import lean_imports

    lean_imports.leave_out(lean_imports.unneeded(arguments().model))
    from bot.logs import quiet_third_parties

    quiet_third_parties()

import aiohttp
import structlog
from rasa.core.run import close_resources, configure_app, create_http_input_channels
from rasa.core.utils import AvailableEndpoints, number_of_sanic_workers
from rasa.utils.common import update_sanic_log_level
from rasa.utils.endpoints import EndpointConfig
from sanic import Sanic

from bot.agent import load_agent
from bot.errors import ModelError
from bot.logs import configure_logs

log = structlog.get_logger(__name__)

# Seconds a thread may go on in Python while others wait. With Python's own 5 ms a save, which lets go of the interpreter at each
# statement, waits its turn nine times under load, and holds up the saves of others meanwhile.
_SWITCH_EVERY = 0.001
# Objects that outlive others before cycles are looked for among them; with Python's own 700 that is done several times a reply.
_LOOK_FOR_CYCLES_EVERY = 20_000


class ActionEndpoint(EndpointConfig):
    """The action server. ``timeout``: seconds an action may take.

    By itself Rasa would wait for one that hangs for five minutes, and the patient with it.
    """

    def __init__(self, url: str, timeout: float) -> None:
        super().__init__(url, enable_selective_domain=True)
        self._timeout = aiohttp.ClientTimeout(total=timeout)

    async def request(self, *arguments: Any, **options: Any) -> Any:
        """Rasa's request, within the timeout. Raises what aiohttp raises."""
        return await super().request(*arguments, **{**options, "timeout": self._timeout})


def endpoints(settings: Settings) -> AvailableEndpoints:
    """Endpoints of ``bot/endpoints.yml`` with what the settings say about the action server and the lock."""
    found = AvailableEndpoints.read_endpoints(str(ROOT / "bot" / "endpoints.yml"))
    found.action = ActionEndpoint(settings.action_endpoint, settings.action_timeout)
    if settings.redis_url:
        found.lock_store = EndpointConfig(type="bot.store.lock.RedisLockStore")
    return found


def main() -> None:
    """Serve until stopped. Raises ModelError when there is nothing to serve."""
    sys.setswitchinterval(_SWITCH_EVERY)
    gc.set_threshold(_LOOK_FOR_CYCLES_EVERY)
    settings = get_settings()
    given = arguments()
    if not given.model.is_file():
        raise ModelError("There is no trained model: run `make train` first.")
    configure_logs(settings)
    found = endpoints(settings)
    app = configure_app(
        create_http_input_channels(None, str(ROOT / "bot" / "credentials.yml")),
        auth_token=settings.rasa_token,
        port=given.port,
        endpoints=found,
    )

    async def load(app: Sanic, _: Any) -> None:
        app.ctx.agent = await load_agent(given.model, found)
        log.info("server.ready", port=given.port)

    app.register_listener(load, "before_server_start")
    app.register_listener(close_resources, "after_server_stop")
    update_sanic_log_level()
    app.run(host=settings.host, port=given.port, workers=number_of_sanic_workers(found.lock_store))


if __name__ == "__main__":
    main()
