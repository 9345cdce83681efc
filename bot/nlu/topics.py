"""What the gate knows of topics, from the one file that maps intents to them."""

from __future__ import annotations

import functools

from bot.content.topics import load_topics
from bot.nlu.gate import TopicMap

# These can't be offered as a choice of subject: greetings, farewells and thanks are not asked for.
_NEVER_OFFERED = frozenset({"greet", "goodbye", "thanks", "useful", "not_useful"})
_SMALL_TALK = frozenset({"greet", "goodbye", "thanks"})
_OFFERED_KINDS = frozenset({"content", "talk"})


@functools.lru_cache(maxsize=1)
def topic_map() -> TopicMap:
    """Topics of all intents; which intents may be offered; which topics the article does not answer."""
    topics = load_topics()
    kinds = {topic.id: topic.kind for topic in topics.topics}
    return TopicMap(
        topic_of={name: intent.topic for name, intent in topics.intents.items()},
        offered=frozenset(
            name
            for name, intent in topics.intents.items()
            if kinds[intent.topic] in _OFFERED_KINDS and name not in _NEVER_OFFERED
        ),
        small_talk=_SMALL_TALK,
        out_of_scope=frozenset(name for name, kind in kinds.items() if kind == "out_of_scope"),
    )
