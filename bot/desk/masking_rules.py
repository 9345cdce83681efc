"""Patterns of personal details in French and English. Identifiers follow the formats their countries publish."""

from __future__ import annotations

import re
from typing import Final

_WORD = r"[^\W\d_]+(?:['’-][^\W\d_]+)*"
_UP = r"[A-ZÀ-ÖØ-Þ][^\W\d_]*(?:['’-][^\W\d_]+)*"

# Begins where a word begins, and only there: otherwise a long word would be tried from each of its letters.
EMAIL: Final = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}\s?(?:@|\(at\)|\[at\]|\sarobase\s)\s?[\w-]+(?:\.[\w-]+)+", re.IGNORECASE
)
HANDLE: Final = re.compile(r"(?<![\w@.])@\w{3,}")

# A name follows: any one to three words, whatever their case; words of NOT_NAMES end it.
CUED_NAME: Final = re.compile(
    r"\b(?:je\s?m['’]?\s?appell?e|j['’]?m['’]?\s?appell?e|mon (?:pr[ée]nom|nom)(?: de famille)? (?:est|c['’]est)|"
    r"on m['’]appelle|appell?e[sz]?[- ]moi|moi c['’]est|c['’]est moi,|ici c['’]est|"
    r"(?:il|elle|lui|ma fille|mon fils|mon mari|ma femme|ma m[èe]re|mon p[èe]re) s['’]?appelle|"
    r"sign[ée]\s*:?|nom\s*:|pr[ée]nom\s*:|"
    r"my (?:full |first |last |sur)?name(?:['’]?s| is)|i['’]?m called|i am called|they call me|you can call me|"
    r"mme|mlle|madame|monsieur|mademoiselle|mrs|call me|(?:his|her|their) name(?:['’]s| is)|"
    r"(?:he|she) is called|signed\s*:?|name\s*:)"
    rf"\s+(?P<name>{_WORD}(?:[ ]{_WORD}){{0,2}})",
    re.IGNORECASE,
)
# "docteur" and "doctor" are often followed by ordinary words, so the name needs its capital there.
TITLED_NAME: Final = re.compile(
    r"(?:\bM\.|\b(?i:mme|mlle|mr|mrs|ms|miss|docteure?|doctor|dr|"
    r"pr|prof|professeure?|professor|nurse|infirmi[èe]re?|je suis|i am|i['’]m)\.?)"
    rf"\s+(?P<name>{_UP}(?:[ -]{_UP}){{0,2}})"
)
PRESENTED_NAME: Final = re.compile(
    r"(?:(?:^|[.!?]\s|\b(?i:bonjour|bonsoir|salut|coucou|all[ôo]|hello|hi|hey)\b[ ,.!:]*)"
    r"(?i:c['’]est|ici|this is|it['’]s)\s|\b(?i:je me pr[ée]sente|moi c['’]est|permettez que je me pr[ée]sente)\s?[,:]?\s)"
    rf"(?P<name>{_UP}(?:[ -]{_UP}){{0,2}})"
)
KIN_NAME: Final = re.compile(
    r"\b(?i:mon|ma|my|notre|our)\s+(?i:mari|femme|fils|fille|fr[èe]re|s[oœ]e?ur|p[èe]re|m[èe]re|papa|maman|ami|amie|"
    r"compagnon|compagne|conjointe?|husband|wife|son|daughter|brother|sister|father|mother|dad|mum|mom|friend|"
    r"partner|oncologue|m[ée]decin|oncologist)"
    rf",?\s+(?P<name>{_UP}(?:[ -]{_UP}){{0,1}})"
)
# Words that follow a cue without being a name, without accents.
NOT_NAMES: Final = frozenset(
    """
    a abord actuellement afraid ai aide alone also am amoureux an and anymore apres are as at atteint atteinte au aussi
    avec avez avoir beaucoup because bien but ca car ce cela cest cette chez comme cancer contre d dans de depuis des
    desole desolee deja du elle elles en encore enceinte est et etais ete etre fait for from gentil going group hier
    her here his hopital hospital i il ils in infirmiere inquiet inquiete is it its j jai je juste just l la le les leur
    lui ma madame mais malade malheureusement me mes moi mon monsieur my m na ne no non nos not notre nous on or ou oui
    par pas patient patiente please plus pour puis pardon quand que qui sa sans se ses si since so sorry son suis sur
    sir svp t te the they this to too toujours tous tout toute tres tu un une very vos votre vous was we when who with
    y yes your aujourd'hui demain doctor docteur later back toi chemo chimio monsieur-madame merci bonjour hello hi
    french english british irish scottish welsh american canadian belgian swiss european african francais francaise
    anglais anglaise belge suisse canadien canadienne quebecois algerien algerienne marocain marocaine christian muslim
    janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre
    lundi mardi mercredi jeudi vendredi samedi dimanche
    """.split()
)

IDENTIFIERS: Final = (
    # France, NIR: sex, year, month, department, commune, order, key (INSEE).
    re.compile(r"(?<!\d)[12]\s?\d{2}\s?(?:0[1-9]|1[0-2]|[2-9]\d)\s?(?:\d{2}|2[AB])\s?\d{3}\s?\d{3}(?:\s?\d{2})?(?!\d)"),
    # Belgium, national register: yy.mm.dd-xxx.cc
    re.compile(r"(?<!\d)\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}(?!\d)"),
    # Switzerland, AHV/AVS: 756.xxxx.xxxx.xx
    re.compile(r"(?<!\d)756[. ]?\d{4}[. ]?\d{4}[. ]?\d{2}(?!\d)"),
    # Québec, RAMQ: four letters, eight digits.
    re.compile(r"\b[A-Z]{4}\s?\d{4}\s?\d{4}\b"),
    # Canada, SIN: 3-3-3.
    re.compile(r"(?<!\d)\d{3}[- ]\d{3}[- ]\d{3}(?!\d)"),
    # United Kingdom, NHS number 3-3-4 and National Insurance.
    re.compile(r"(?<!\d)\d{3}[- ]\d{3}[- ]\d{4}(?!\d)"),
    re.compile(r"\b[A-CEGHJ-PR-TW-Z]{2}\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-D]\b"),
    # IBAN.
    re.compile(r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){3,7}(?:\s?[A-Z0-9]{1,3})?\b"),
)
FILE_NUMBER: Final = re.compile(
    r"\b(?:ipp|nip|mrn|nir|num[ée]ro de (?:dossier|patiente?|s[ée]cu(?:rit[ée] sociale)?|carte vitale)|"
    r"n[°o]\s?(?:de )?(?:dossier|patiente?|s[ée]cu)|dossier n[°o]|(?:hospital|patient|file|record|nhs|insurance) "
    r"(?:number|no\.?|id))\s*(?:est|is|:|#)?\s*((?=[\w-]*\d)[\w-]{4,})",
    re.IGNORECASE,
)
# Eight digits or more in one piece or grouped: nothing a conversation about an article needs.
LONG_NUMBER: Final = re.compile(r"(?<![\d.,])(?:\+\s?)?\d(?:[ .-]?\d){7,}(?![\d])")
_DATE = (
    r"\d{1,2}(?:er|st|nd|rd|th)?\s?[/.\s-]\s?(?:\d{1,2}|[^\W\d_]{3,9})\s?[/.,\s-]?\s?\d{2,4}|"
    r"[^\W\d_]{3,9} \d{1,2}(?:st|nd|rd|th)?,? \d{4}"
)
BIRTH: Final = re.compile(
    rf"\b(?:n[ée]+e?s? le|date de naissance\s*:?|ddn\s*:?|born(?: on)?|date of birth\s*:?|dob\s*:?)\s*({_DATE})",
    re.IGNORECASE,
)
STREET: Final = re.compile(
    r"\b\d{1,4}\s?(?:bis|ter|quater)?,?\s(?:rue|avenue|av\.|boulevard|bd|all[ée]e|chemin|impasse|place|quai|route|cours|"
    rf"square)\s(?:d[eu]s?\s|de la\s|de l['’]|d['’]|la\s|l['’])*{_WORD}(?:[ -]{_UP})*|"
    rf"\b\d{{1,5}}\s(?:{_UP}\s){{1,3}}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Drive|Close|Crescent|Way|Terrace|Court)\b"
)
