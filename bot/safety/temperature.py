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
    r"|paracetamol|tylenol|chimio|chemo|aplasie|neutro\w*|front|fiebre|infusion|cure|perf|shak\w*|sweat\w*|dizzy)"
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
    r"|ordinateur|laptop|moteur|engine|biere|beer|appartement|bureau|percent|suv|sedimentation|albumine|gamma|room|cells|cell|crp|hb|value|level|count|taux) "
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
    r" (\d{2,3}(?:\.\d+)?) (?:(?:et demi|and a half) )?"
    # "38 et 2 à l'oreille", not "38 et 2 enfants"
    r"(?:et (?=[0-9] (?:[.,?]|a |au |de |sous |ce |cette |le |la |depuis |ou |dans |mais |apres )))?"
    r"(?:([0-9]) (?![0-9.]))?([a-z°%]+ )?([a-z]+ )?"
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
_CLAIM: Final = re.compile(
    r" (?:je ai|il a|elle a|i have|a|fait|fais|est a|suis a|monte a|hit|at|to|reads|says|dit|marque) $"
)
_GOES_ON: Final = re.compile(
    r"(?:[.,?]|et|ce|and|with|on|after|depuis|la|sous|since|now|tonight|today|on the dot|pile) "
)
_WEATHER: Final = re.compile(r" il (?:fait|faisait|fera) $")
_TWO_DIGITS: Final = re.compile(r"\d\d")
_FEVER_NAMES: Final = frozenset({"fievre", "temperature", "temp", "fever", "fiebre", ""})
_DEGREES: Final = frozenset({"°", "°c", "°f", "celsius", "fahrenheit"})
_FEW_WORDS: Final = 5
_DIGITS: Final = {
    "un": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8, "neuf": 9, "zero": 0,
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "seven": 7, "eight": 8, "nine": 9, "demi": 5,
}  # fmt: skip
_SPELLED: Final = re.compile(
    r" (" + "|".join(sorted(_WORDS, key=len, reverse=True)) + r")(?: (?:virgule |point |et |and a half ?)?("
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
    if not _TWO_DIGITS.search(text) or _ASKING.search(text):
        return []
    found: list[Temperature] = []
    for match in _NUMBER.finditer(text):
        reading = _Reading(match, text, message, spoken=text != sentence)
        if reading.is_body():
            found.append(Temperature(reading.celsius, match.group().strip()))
    return found


class _Reading:
    """One number of a sentence and what stands around it."""

    def __init__(self, match: re.Match[str], sentence: str, message: str, spoken: bool) -> None:
        digits, tenth, after, second = (part.strip() if part else "" for part in match.groups())
        self.after, self.second, self.spoken = after, second, spoken
        self.before = sentence[: match.start() + 1]
        self.rest = sentence[match.end(1) + 1 :]
        self.short = len(sentence.split()) <= _FEW_WORDS
        self.strong = bool(_STRONG.search(sentence))
        self.elsewhere = bool(_NO_TEMPERATURE.search(sentence))
        self.context = bool(_NEAR_CONTEXT.search(message))
        self.value = float(digits)
        self.stray_digit = bool(tenth)
        if tenth and "." not in digits and 35 <= self.value <= 42:
            self.value += int(tenth) / 10
            self.stray_digit = False
        elif self.context and 375 <= self.value <= 425:
            self.value /= 10  # "385" for 38.5

    @property
    def celsius(self) -> float:
        """Degrees Celsius; anything from 93 up is read as Fahrenheit."""
        fahrenheit = self.after in {"°f", "fahrenheit"} or self.value >= 93
        return (self.value - 32) / 1.8 if fahrenheit else self.value

    def is_body(self) -> bool:
        """Whether this is a body temperature rather than an age, a weight, a price, a value or the weather."""
        if self.stray_digit or self.after in _UNITS_AFTER or not _LIVABLE[0] <= self.celsius <= _LIVABLE[1]:
            return False
        if self.after in {"de", "of"} and self.second not in _FEVER_NAMES and not self.strong:
            return False
        if self._weather():
            return False
        if self.strong:
            return True
        if self.elsewhere:
            return False
        return self.after in _DEGREES or self._claimed()

    def _weather(self) -> bool:
        if _WEATHER.search(self.before):
            return not re.match(r"(?:degres? )?(?:de |of )?(?:fievre|temp)", self.rest)
        return bool(re.match(r"degrees (?:in|outside|here|out) ", self.rest))

    def _claimed(self) -> bool:
        value, decimal = self.value, self.value != int(self.value)
        if decimal and (37.5 <= value <= 42.5 or 100 <= value <= 107):
            return True
        claim = bool(_CLAIM.search(self.before)) or self.rest.startswith(("on the dot ", "pile "))
        if decimal or value in range(38, 42) or 101 <= value <= 105:
            if value > 100 and self.context and _GOES_ON.match(self.rest):
                return True
            if claim and (_GOES_ON.match(self.rest) or self.short):
                return self.context or value < 43
            return self.context and (decimal or self.spoken or claim)
        return False
