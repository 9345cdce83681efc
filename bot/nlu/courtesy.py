"""Thanks or a greeting in front of a request: what is asked counts, not how it begins."""

from __future__ import annotations

import re

COURTESIES = frozenset({"greet", "thanks"})
_LEAST_WORDS = 3
_OPENING = re.compile(
    r"""^\W*
    (?:(?:ok(?:ay)?|d['’]accord|oui|yes|super|parfait|great|perfect|bien|good|ah|oh|alors|donc|so)\b[\s,.!;:…–-]*)*
    (?:merci|mrc|mci|thank\s+you|thanks?|thx|ty|cheers|bonjour|bjr|bonsoir|bsr|salut|slt|coucou|hello|hi|hey
      |good\s+(?:morning|evening|afternoon))\b
    (?:\s+(?:beaucoup|bcp|bien|infiniment|mille\s+fois|tout\s+le\s+monde|à\s+(?:vous|toi|tous)|a\s+(?:vous|toi|tous)
      |pour\s+(?:tout|ça|ca|cela|la\s+r[ée]ponse|votre\s+r[ée]ponse|l['’]info\w*|so\s+much)|docteur|madame|monsieur
      |so\s+much|a\s+lot|very\s+much|a\s+million|again|there|everyone|doctor|for\s+(?:that|this|your\s+\w+|the\s+\w+)))*
    [\s,.!?;:…–-]+
    (?:(?:et|mais|sinon|alors|puis|and|but|also|so|now|then)\b[\s,:]*)?
    """,
    re.IGNORECASE | re.VERBOSE,
)


def without_courtesy(text: str) -> str | None:
    """What follows thanks or a greeting at the beginning of ``text``; None when less than three words do."""
    found = _OPENING.match(text)
    if not found:
        return None
    rest = text[found.end() :].strip()
    return rest if len(rest.split()) >= _LEAST_WORDS else None
