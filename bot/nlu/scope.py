"""What the article does not hold, however much a question sounds like one of its own.

Other illnesses; which signs an illness has and how long they last; where one is tested for something.
"""

from __future__ import annotations

import re

_OTHER = re.compile(
    r"\b(covid|corona|coronavirus|sars|virus|pandem|epidem|quarantin|confinement|lockdown|grippe|flu\b|influenza|diabet"
    r"|hypertension|cholesterol|asthm|allerg|rhume|gastro|angine|varicelle|rougeole|measles|malaria|paludisme|tubercul"
    r"|vih\b|hiv\b|sida\b|ebola|monkeypox|mpox|alzheimer|parkinson|sclerose en plaques|multiple sclerosis|enceinte|pregnan"
    r"|grossesse|migraine|eczema|psoriasis|arthr|endometrios|autis|tdah|adhd|depistage du covid|antigeni[cq]|pcr\b)"
)
_CANCER = re.compile(
    r"\b(cancer|cancereu|tumeu?r|tumou?r|leuc?em|leuk|lymphom|myelom|melanom|sarcom|gliobl|metasta|chimio|chemo|onco|refract"
    r"|radiother|immunother|carcinom|hodgkin)"
)
# Symptoms are in the article as what palliative care relieves, and nowhere else.
_SYMPTOMS = re.compile(r"\b(s[iy][mn]p?t[oh]*m|sintom)")
_RELIEF = re.compile(
    r"soulag|reliev|relief|palliat|pal[ai]?tif|confort|comfort|gere|manage|control|apais|\beas(e|ing)\b|calm|trait|treat"
    r"|equipe|team|crew|folk|people|nurse|infirmi|clinic|hospice|soin|\bcare\b|qualit|\baid|help|moins|less|diminu|reduc|accent"
)
_TESTED = re.compile(
    r"\b(me|te|se|nous|vous|etre) (faire )?(tester?|teste[es]*|depister?|depiste[es]*)\b"
    r"|\b(get|got|getting|been|being) (tested|screened)( for\b|$| ?[?.!])|\btest(ing)? (centre|center|kit)s?\b"
)
_TRIAL = re.compile(
    r"\bessai|\btrial|\betude|\bstud(y|ies)|mutation|genet|biops|marqueur|marker|\bgene|cobaye|guinea|\bdrug|\bmedic"
)


def is_outside(plain: str) -> bool:
    """Whether a normalised message asks what the article does not hold."""
    return is_other_illness(plain) or asks_for_signs(plain) or asks_to_be_tested(plain)


def asks_for_signs(plain: str) -> bool:
    """Whether it is about symptoms as signs of an illness, not about relieving them."""
    return bool(_SYMPTOMS.search(plain)) and not _RELIEF.search(plain)


def asks_to_be_tested(plain: str) -> bool:
    """Whether it is about being tested for an illness, not about a trial or a tumour's markers."""
    return bool(_TESTED.search(plain)) and not _TRIAL.search(plain) and not _CANCER.search(plain)


def is_other_illness(plain: str) -> bool:
    """Whether a normalised message names another illness and nothing of cancer."""
    return bool(_OTHER.search(plain)) and not _CANCER.search(plain)
