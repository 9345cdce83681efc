"""What can be done for the understanding of a message while it is still being stored."""

from __future__ import annotations

from bot.nlu.encoder import begin as begin_vectors
from bot.nlu.sentences import spans


def begin(text: str) -> None:
    """Begin what the classifier will ask for: the vectors of the message and of each of its sentences."""
    begin_vectors([text, *(text[start:end] for start, end in spans(text))])
