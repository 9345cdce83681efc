"""Whether a matched sign is denied: "pas de fièvre", "no chills", "il ne saigne plus"."""

from __future__ import annotations

from typing import Final

_DENIALS: Final = frozenset(
    "pas plus aucun aucune ni sans jamais zero guere pa pu no not without never nor none neither".split()
)
# A denial reaches over "fever or chills" and "de fièvre ni frissons", never over these.
_WALLS: Final = frozenset("mais but . ? _ yet however pourtant sauf except car because parce depuis since".split())
# A new subject starts a new statement: "je ne veux pas déranger, j'ai de la fièvre".
_SUBJECTS: Final = frozenset("je il elle i he she my mon ma".split())
_REACH: Final = 5
# "pas" after these verbs, and "not" before these words, deny nothing: "n'arrête pas de saigner", "can not stop".
_ENDLESS: Final = frozenset(
    "arrete arretes arretent cesse cessent passe baisse descend part calme tient sure sur sait sais bien mal normal"
    " que seulement grave top forme assez encore compris deranger embeter inquieter".split()
)
_NOT_BEFORE: Final = frozenset(
    "stop stopping quit help control settle shift going gone well good right great ok feeling sure want know like wish"
    " only just myself himself herself normal being easing better sleep sleeping eating eat funny coming".split()
)
_AFTER: Final = frozenset("pas plus pu pa jamais not moins less".split())


def denied(sentence: str, start: int, end: int) -> bool:
    """Whether the match at ``start:end`` of a normalised ``sentence`` is denied by a word around it."""
    before = sentence[:start].split()
    return (
        _denied_before(before) or _denied_inside(sentence[start:end].split()) or _denied_after(sentence[end:].split())
    )


def _denied_before(words: list[str]) -> bool:
    reach = _REACH
    for at in range(len(words) - 1, -1, -1):
        word = words[at]
        if word in _WALLS or (word in _SUBJECTS and not _thought(words[:at])):
            return False
        if word == ",":
            # "no fever, chills": only a bare list carries a denial over a comma.
            return False
        if word in _DENIALS:
            return not _empty_denial(words, at)
        reach -= word not in {"or", "ou", "and", "et", "de", "le", "any"}
        if reach < 0:
            return False
    return False


def _thought(words: list[str]) -> bool:
    """Whether ``words`` end in "don't think", "pense pas que": a denial that reaches the next subject."""
    return bool({"think", "believe", "pense", "crois"} & set(words[-3:]))


def _empty_denial(words: list[str], at: int) -> bool:
    """Whether the denial at ``at`` denies something else than what follows the words."""
    word = words[at]
    following = words[at + 1] if at + 1 < len(words) else ""
    preceding = words[at - 1] if at else ""
    if word in {"not", "never"}:
        return following in _NOT_BEFORE or preceding in {"can", "could", "why", "if", "or"}
    if word == "no":
        return following in {"idea", "sleep", "one", "matter", "doubt", "doctor", "way", "wonder", "answer", "energy"}
    if word in {"plus", "pu"}:
        # "de plus en plus", "non plus", "en plus", "plus fort": more, not no more.
        return preceding in {"de", "en", "non", "le", "la", "les"} or following in {"en", "fort", "que", "vite", "mal"}
    if word in {"pas", "pa"}:
        return preceding in _ENDLESS or following in _ENDLESS
    if word == "sans":
        return following in {"arret", "cesse", "doute", "raison", "prevenir", "bouger", "rien", "force", "forces"}
    return False


def _denied_inside(words: list[str]) -> bool:
    return len(words) > 1 and any(
        word in {"pas", "jamais", "not", "no", "aucun", "aucune", "neither", "nor", "ni"}
        and not _empty_denial(words, at)
        for at, word in enumerate(words[:-1])
        if at
    )


def _denied_after(words: list[str]) -> bool:
    if len(words) < 1 or words[0] not in _AFTER:
        return False
    return not (len(words) > 1 and words[1] in {"mal", "fort", "que", "seulement", "encore", "en", "vite", "tot"})
