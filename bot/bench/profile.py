"""``repere bench --profile``: one reply over the REST channel, taken apart."""

from __future__ import annotations

import asyncio
import os
import secrets
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from threadpoolctl import threadpool_limits

from bot.bench.stages import STAGES, Clock, watched
from bot.errors import ModelError
from bot.training import MODEL

REST = "everything else (channel, event loop)"
_WARM_UP = 20
_TURNS = 10


@dataclass(frozen=True)
class Profile:
    """``median`` and ``mean`` milliseconds of a reply without HTTP; ``processor``: of them the processor's.

    ``stages``: (name, milliseconds a reply, of them the processor's, calls a reply).
    """

    stages: tuple[tuple[str, float, float, float], ...]
    median: float
    mean: float
    processor: float
    replies: int


def profile(texts: Sequence[str], tick: Callable[[], None], model: Path = MODEL) -> Profile:
    """Send ``texts`` through channel, engine and store in this process. Raises ModelError without a model."""
    if not model.is_file():
        raise ModelError("There is no trained model: run `make train` first.")
    with tempfile.TemporaryDirectory(prefix="repere-") as folder:
        # Read once by the settings, before anything else of the project asks for them.
        os.environ["REPERE_VAR_DIR"] = folder
        os.environ["DATABASE_URL"] = f"sqlite:///{folder}/profile.db"
        os.environ["REPERE_MESSAGES_PER_MINUTE"] = "1000000"
        threads = threadpool_limits(1)  # as the dialogue server has it
        from bot.settings import get_settings

        get_settings.cache_clear()
        with threads:
            return asyncio.run(_profile(texts, tick, model))


async def _profile(texts: Sequence[str], tick: Callable[[], None], model: Path) -> Profile:
    from bot.agent import load_agent
    from bot.bench.processes import Process
    from bot.bench.servers import action_server
    from bot.channels.inbound import Inbound
    from bot.channels.rest import RestInput
    from bot.dialogue_server import endpoints
    from bot.logs import configure_logs
    from bot.settings import get_settings
    from bot.store.database import dispose, upgrade

    settings = get_settings()
    configure_logs(settings.copy(update={"log_level": "error"}))
    upgrade()
    actions: Process | None = None
    try:
        actions, address = action_server(dict(os.environ), Path(settings.var_dir) / "actions.log")
        found = endpoints(settings.copy(update={"action_url": address}))
        clock, times = Clock(), []
        # The graph of the model looks its functions up when it is loaded.
        with watched(clock):
            agent = await load_agent(model, found)
            channel = RestInput()
            for index, text in enumerate([*texts[:_WARM_UP], *texts]):
                if index == _WARM_UP:
                    clock.clear()
                    used = time.process_time()
                if index % _TURNS == 0:
                    sender = secrets.token_hex(8)
                message = Inbound(sender, text, "rest")
                started = time.perf_counter()
                await channel.answer(message, agent.handle_message)
                if index >= _WARM_UP:
                    times.append((time.perf_counter() - started) * 1000)
                    tick()
        processor = (time.process_time() - used) * 1000 / len(times)
    finally:
        if actions is not None:
            actions.stop()
        dispose()
    count = len(times)
    stages = [
        (name, clock.wall[name] / count, clock.processor[name] / count, clock.calls[name] / count)
        for name, *_ in STAGES
    ]
    mean = sum(times) / count
    left = (mean - sum(stage[1] for stage in stages), processor - sum(stage[2] for stage in stages))
    stages.append((REST, *left, 1.0))
    return Profile(tuple(stages), median(times), mean, processor, count)
