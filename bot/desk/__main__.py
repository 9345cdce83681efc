"""``python -m bot.desk``: the desk as a process of its own."""

from __future__ import annotations

import uvicorn

from bot.desk.app import create_app
from bot.desk.commands import first_user
from bot.logs import configure_logs
from bot.settings import get_settings
from bot.store import database


def main() -> None:
    """Serve until stopped. Says the first user's password once, on standard output, never in a log."""
    settings = get_settings()
    configure_logs(settings)
    database.upgrade()
    made = first_user()
    if made is not None:
        print(f"Desk: first user '{made[0]}', password {made[1]}", flush=True)
    uvicorn.run(
        create_app(),
        host=settings.host,
        port=settings.desk_port,
        # Addresses name conversations, and an id may be a phone number.
        access_log=False,
        log_config=None,
        ws="none",
        server_header=False,
        # Open streams of news would hold up a stop for ever.
        timeout_graceful_shutdown=3,
    )


if __name__ == "__main__":
    main()
