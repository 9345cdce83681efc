"""How much one run of the bench measures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

# Training messages of a run that fits in well under an hour on two cores.
MESSAGES = 1000


@dataclass(frozen=True)
class Plan:
    """``messages``: training messages drawn, None for all; ``epochs``: of the default, None for Rasa's own number.

    ``serve_all``: start, memory, replies and load with models of all messages, the default's of a single epoch: how often
    a model saw its messages changes what it knows, and not what a reply costs. Training and answers are of the sample.
    ``rounds``: repetitions of starts, latencies and loads; ``replies``: timed messages a round; ``turns``: depths of a
    conversation; ``copies``: conversations at each depth; ``trial``: seconds of one run of the load tool.
    """

    messages: int | None = MESSAGES
    epochs: int | None = None
    serve_all: bool = True
    rounds: int = 3
    replies: int = 200
    turns: tuple[int, ...] = (10, 100, 1000)
    copies: int = 6
    conversations: tuple[int, ...] = (1, 10, 50)
    trial: int = 12
    judged: int = 600
    gold: Path | None = None
    reuse: Path | None = None

    @classmethod
    def quick(cls, **more: object) -> Plan:
        """A run that shows that everything works; its figures are not worth keeping."""
        small = {"rounds": 1, "replies": 20, "turns": (10, 100), "copies": 2, "conversations": (1, 5), "trial": 4}
        return cls(**{**small, "judged": 40, "serve_all": False, **more})  # type: ignore[arg-type]
