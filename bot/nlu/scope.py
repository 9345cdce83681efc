"""Other illnesses: what is asked about them is outside the article, however much it sounds like a question of it."""

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


def is_other_illness(plain: str) -> bool:
    """Whether a normalised message names another illness and nothing of cancer."""
    return bool(_OTHER.search(plain)) and not _CANCER.search(plain)
