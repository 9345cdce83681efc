"""What is covered, and what must stay readable."""

from __future__ import annotations

import time

import pytest

from bot.desk.masking import Masker, ellipsis, kinds, mask
from bot.desk.texts import texts
from bot.desk.transcript import stand_in

COVERED = [
    ("je m'appelle Jean et j'ai de la fièvre", "je m'appelle [name] et j'ai de la fièvre"),
    ("jm'appelle marie dupont", "jm'appelle [name]"),
    ("Bonjour, moi c'est Karim", "Bonjour, moi c'est [name]"),
    ("Bonsoir, c'est Mamadou depuis Thiès", "Bonsoir, c'est [name] depuis Thiès"),
    ("je suis Marie", "je suis [name]"),
    ("Mme dupont est à l'hôpital", "Mme [name] est à l'hôpital"),
    ("le docteur Martin m'a dit", "le docteur [name] m'a dit"),
    ("mon fils Lucas a peur", "mon fils [name] a peur"),
    ("My name is Peter and I can't cope", "My name is [name] and I can't cope"),
    ("I'm Sarah, his wife", "I'm [name], his wife"),
    ("my husband Tom is shaking", "my husband [name] is shaking"),
    ("Hi, this is Joan from Leeds", "Hi, this is [name] from Leeds"),
    ("Dr Patel said no", "Dr [name] said no"),
    ("mon numéro 06 12 34 56 78", "mon numéro [phone]"),
    ("appelez-moi au +32 475 12 34 56", "appelez-moi au [phone]"),
    ("call me on 07911 123456", "call me on [phone]"),
    ("my cell is (514) 555-0123", "my cell is [phone]"),
    ("écrivez à jo.hn+x@gmail.com svp", "écrivez à [email] svp"),
    ("write to sam (at) example.org", "write to [email]"),
    ("mon nir 1 85 07 75 116 001 42", "mon nir [identifier]"),
    ("registre 85.07.30-033.28", "registre [identifier]"),
    ("AVS 756.1234.5678.97", "AVS [identifier]"),
    ("RAMQ TREM 4905 1234", "RAMQ [identifier]"),
    ("NHS number 943 476 5919", "NHS number [identifier]"),
    ("numéro de dossier : AB12345", "numéro de dossier : [identifier]"),
    ("hospital number is H123456", "hospital number is [identifier]"),
    ("FR76 3000 6000 0112 3456 7890 189", "[identifier]"),
    ("née le 12/03/1967 à Lyon", "née le [birth] à Lyon"),
    ("born on 3 May 1960", "born on [birth]"),
    ("12 rue des Lilas, Paris", "[address], Paris"),
    ("I live at 12 Baker Street", "I live at [address]"),
]
READABLE = [
    "le docteur m'a dit que ça ne marche plus",
    "je suis fatiguée et j'ai 38,5 depuis 10 jours",
    "appelez le 15 ou le 3114 ou le 0 800 940 939",
    "call 988 or 1-800-227-2345",
    "je m'appelle pas comme ça",
    "I am French and live in Canada",
    "my temperature is 101.3",
    "mes globules sont à 2,3 et mes plaquettes à 45000",
    "call me back please",
    "C'est grave ?",
    "j'ai eu 6 cures en 2025",
    "mon mari est fatigué",
    "my son is scared",
]


@pytest.mark.parametrize(("text", "covered"), COVERED)
def test_details_are_covered(text: str, covered: str) -> None:
    assert mask(text, lambda kind: f"[{kind}]") == covered


@pytest.mark.parametrize("text", READABLE)
def test_ordinary_words_stay(text: str) -> None:
    assert mask(text, lambda kind: f"[{kind}]") == text


@pytest.mark.parametrize(
    ("said", "later", "covered"),
    [
        ("je m'appelle Hélène", "Bonjour helene, comment allez-vous ?", "Bonjour […], comment allez-vous ?"),
        ("my name is Joan Baker", "Thank you, JOAN. Mrs Baker?", "Thank you, […]. Mrs […]?"),
    ],
)
def test_a_name_said_once_is_covered_everywhere(said: str, later: str, covered: str) -> None:
    assert Masker([said]).mask(later, lambda _: "[…]") == covered


def test_a_name_from_a_slot_is_covered() -> None:
    assert Masker([], ["Zoé"]).mask("merci, zoe", lambda _: "X") == "merci, X"


def test_staff_may_say_their_own_name() -> None:
    masker = Masker(["je m'appelle Jean"])
    assert masker.mask("Bonjour Jean, je suis Amélie", lambda _: "X", cues=False) == "Bonjour X, je suis Amélie"


def test_kinds_for_the_warning_before_publishing() -> None:
    assert kinds("my name is Ann, write to a@b.org or +33 6 12 34 56 78") == ["name", "email", "phone"]
    assert kinds("Merci pour cet article.") == []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_kind_has_words_in_both_languages(language: str) -> None:
    t = texts(language)
    for kind in ("name", "phone", "email", "handle", "identifier", "birth", "address"):
        assert stand_in(t, kind).startswith("[")  # type: ignore[arg-type]
        assert t(f"kinds.{kind}")


def test_ellipsis_leaves_no_word() -> None:
    assert mask("je m'appelle Jean, 06 12 34 56 78", ellipsis) == "je m'appelle …, …"


def test_total_and_quick_on_odd_text() -> None:
    odd = (
        "0",
        "0 ",
        "1-2-3-",
        "12.34.56 ",
        "je m'appelle ",
        "@",
        "a@",
        "à",
        "a.",
        "AB12 ",
        "12 rue ",
        "M. A ",
        "\x00\ud800",
    )
    for text in ("", None, *(piece * (4000 // len(piece)) for piece in odd)):
        started = time.perf_counter()
        mask(text, lambda _: "X")
        assert time.perf_counter() - started < 0.25, (text or "")[:20]
