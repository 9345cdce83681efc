"""Body temperatures in a message, in any notation: ``38,5`` · ``38 2`` · ``39 de fièvre`` · ``trente-neuf`` · ``101.3F``.

Thresholds (safety.md 1.0, "Fever thresholds"): 38.0 °C / 100.4 °F and above; 37.5–37.9 °C when the person also feels
unwell or shivers; below 36 °C / 96.8 °F. They start a route to people and are never shown as a limit that reassures.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

FEVER: Final = 38.0
WARM: Final = 37.5
COLD: Final = 36.0
_LIVABLE: Final = (30.0, 43.5)

_CONTEXT: Final = (
    r"(?:fievre|fever|febrile|temp|temps|temperature|thermometre|thermometer|degre|degres|degree|degrees|celsius"
    r"|fahrenheit|frissons?|grelott\w*|chills|shiver\w*|shivers|brulante?|bouillante?|burning|tremble|tremblote|doliprane"
    r"|paracetamol|tylenol|chimio|chemo|aplasie|neutro\w*|front|fiebre|infusion|cure|perf)"
)
_NEAR_CONTEXT: Final = re.compile(rf" {_CONTEXT} ")
_STRONG: Final = re.compile(
    r" (?:fievre|fever|fiebre|temp|temperature|thermometre|thermometer|frissons?|grelott\w*|chills|shiver\w*|febrile) "
)
_UNWELL: Final = re.compile(
    r" (?:rotten|terrible|poorly|horrible|flu\w*|grippe|creve\w*|nul|frisson\w*|grelott\w*|tremblote|trembl\w*|patraque|vaseu\w*|mal|malade|faible|froid|shiver\w*|chills|rough|unwell"
    r"|ill|shak\w*|shakes|cold|weak|sick|awful|lousy|mou|molle|barbouille\w*|file|sueurs?|sweat\w*|dizzy|claqu\w*) "
)
# Places where 38 is something else: ages, weights, sizes, laboratory values, weather, ovens.
_NO_TEMPERATURE: Final = re.compile(
    r" (?:taille|pointure|poids|pese\w*|weigh\w*|marqueurs?|ca|psa|cea|ace|hemoglobine|hemoglobin|hematocrite|ferritine|imc"
    r"|bmi|dehors|outside|meteo|weather|canicule|heatwave|forecast|four|oven|piscine|pool|mer|sea|bain|bus"
    r"|page|article|rue|street|route|autoroute|prix|coute|coutent|cost|costs|age|chapitre|numero|number|size|shoe|fm|radio"
    r"|creatinine|tsh|calcium|potassium|leucos?|leucocytes|plaquettes|platelets|globules|wbc|score|match|ventilateur|pc|cpu"
    r"|ordinateur|laptop|moteur|engine|biere|beer|appartement|bureau|percent|suv|sedimentation|albumine|gamma|room) "
)
_UNITS_AFTER: Final = frozenset(
    "ans an years year yo yrs semaines semaine weeks week kilos kilo kg kgs jours jour days day h heures heure hours hour mg"
    " ml cm mm m g l % euros euro dollars balles km kms miles eme e ieme th personnes people fois times minutes min mins mois"
    " months month lbs pounds stone pages patients seances cycles eur usd st nd rd bpm points rue avenue am pm grammes".split()
)
_ASKING: Final = re.compile(
    r" (?:a partir de|from what|from which|what temp\w*|which temp\w*|quelle temperature|quelle fievre|combien de fievre"
    r"|au dessus de|au dela de|above|over|more than|plus de|superieure? a|threshold|seuil|si jamais|if i get|if he gets"
    r"|if she gets|if someone|si quelquun|hits|en theorie|hypothet\w*|in theory|at what) "
)
_NUMBER: Final = re.compile(
    r" (\d{2,3}(?:\.\d+)?) (?:(?:et demi|and a half) )?(?:([0-9]) (?![0-9.]))?([a-z°%]+ )?([a-z]+ )?"
)
_WORDS: Final = {
    "trente quatre": 34, "trente cinq": 35, "trente six": 36, "trente sept": 37, "trente huit": 38, "trente neuf": 39,
    "quarante et un": 41, "quarante deux": 42, "quarante un": 41, "quarante": 40, "thirty five": 35, "thirty seven": 37,
    "thirty eight": 38, "thirty nine": 39, "forty one": 41, "forty": 40, "a hundred and one": 101,
    "a hundred and two": 102, "a hundred and three": 103, "a hundred and four": 104, "a hundred one": 101,
    "a hundred two": 102, "one hundred one": 101, "one hundred two": 102, "one hundred and one": 101,
    "one hundred and two": 102, "one hundred three": 103, "one hundred and three": 103, "hundred and one": 101,
    "hundred and two": 102, "hundred and three": 103, "one oh one": 101, "one oh two": 102, "one oh three": 103,
    "a hundred": 100, "one hundred": 100,
}  # fmt: skip
_DIGITS: Final = {
    "un": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8, "neuf": 9, "zero": 0,
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "seven": 7, "eight": 8, "nine": 9, "demi": 5,
}  # fmt: skip
_SPELLED: Final = re.compile(
    r" (" + "|".join(sorted(_WORDS, key=len, reverse=True)) + r")(?: (?:virgule |point |et |, |and a half ?)?("
    + "|".join(_DIGITS) + r"))?(?= )"
)  # fmt: skip


@dataclass(frozen=True)
class Temperature:
    """A body temperature in degrees Celsius and the piece of text it was read from."""

    celsius: float
    text: str

    def alarming(self, unwell: bool) -> bool:
        """Whether it starts the fever route; ``unwell``: the message tells of shivers or of feeling ill."""
        return self.celsius >= FEVER or self.celsius < COLD or (self.celsius >= WARM and unwell)


def unwell(text: str) -> bool:
    """Whether a normalised text tells of shivers or of feeling ill."""
    return bool(_UNWELL.search(text))


def spelled_out(sentence: str) -> str:
    """Number words of the fever range as digits: ``trente neuf deux`` → ``39.2``."""
    if not any(stem in sentence for stem in (" trente", " quarante", " thirty", " forty", " hundred", " one oh")):
        return sentence
    return _SPELLED.sub(lambda found: f" {_value(found)}", sentence)


def _value(found: re.Match[str]) -> str:
    whole, tenth = _WORDS[found.group(1)], found.group(2)
    return str(whole) if tenth is None else f"{whole}.{_DIGITS[tenth]}"


def temperatures(sentence: str, message: str) -> list[Temperature]:
    """Temperatures read from one normalised sentence; ``message`` gives the words around it."""
    text = spelled_out(sentence)
    if not re.search(r"\d\d", text) or _ASKING.search(text):
        return []
    spoken = text is not sentence and text != sentence
    found: list[Temperature] = []
    for match in _NUMBER.finditer(text):
        celsius = _read(match, text, message, spoken)
        if celsius is not None:
            found.append(Temperature(celsius, match.group().strip()))
    return found


def _read(match: re.Match[str], sentence: str, message: str, spoken: bool) -> float | None:
    digits, tenth, after, second = (part.strip() if part else "" for part in match.groups())
    value = float(digits)
    if tenth and "." not in digits and after not in _UNITS_AFTER and (35 <= value <= 42):
        value += int(tenth) / 10
    elif tenth:
        return None
    if after in _UNITS_AFTER or (
        after in {"de", "of"} and second not in {"fievre", "temperature", "temp", "fever", ""}
    ):
        if after in _UNITS_AFTER:
            return None
        if not _STRONG.search(sentence):
            return None
    celsius = _to_celsius(value, after)
    if celsius is None or not _LIVABLE[0] <= celsius <= _LIVABLE[1]:
        return None
    marked = after in {"°", "°c", "°f", "celsius", "fahrenheit"}
    return celsius if _is_body(match, sentence, message, value, marked, spoken) else None


def _to_celsius(value: float, unit: str) -> float | None:
    if unit in {"°f", "fahrenheit"} or value >= 93:
        return (value - 32) / 1.8 if 90 <= value <= 109 else None
    return value


def _is_body(match: re.Match[str], sentence: str, message: str, value: float, marked: bool, spoken: bool) -> bool:
    """Whether the number is a body temperature rather than an age, a weight, a price or a laboratory value."""
    strong = bool(_STRONG.search(sentence))
    if not strong and _NO_TEMPERATURE.search(sentence):
        return False
    if strong or marked:
        return True
    decimal = value != int(value)
    before = sentence[: match.start() + 1]
    if decimal and (37.5 <= value <= 42.5 or 100 <= value <= 107):
        return True
    claimed = re.search(
        r" (?:je ai|il a|elle a|i have|a|fait|fais|est a|suis a|monte a|hit|at|to|reads|says|dit|marque) $", before
    )
    rest = sentence[match.end(1) + 1 :]
    context = bool(_NEAR_CONTEXT.search(message))
    if value in range(38, 42) or decimal or 101 <= value <= 105:
        short = len(sentence.split()) <= 5
        if claimed and (
            re.match(r"(?:[.,?]|et |ce |and |depuis |la |sous |since |now |tonight |today |on the dot |pile )", rest)
            or short
        ):
            return context or value < 43
        return context and (decimal or spoken or bool(claimed))
    return context and value < COLD and decimal
