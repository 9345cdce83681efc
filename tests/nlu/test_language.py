"""Which language a message is in, and which one the conversation goes on in."""

from __future__ import annotations

import pytest

from bot.nlu.language import Detection, Language, LanguageModel, choose_language, requested_language

SENTENCES: dict[Language, list[str]] = {
    "fr": [
        "C’est quoi un cancer réfractaire ?",
        "cest koi un cancer refractaire",
        "la chimio ne marche plus depuis un mois",
        "jsp quoi faire avec ma mere",
        "QUELS TRAITEMENTS RESTE-T-IL ?",
        "Mon oncologue m’a parlé d’un essai clinique à Liège, c’est pour moi ?",
    ],
    "en": [
        "What is a refractory cancer?",
        "wat is a refractory cancer",
        "the chemo stopped working a month ago",
        "dunno what to do about my mum",
        "WHICH TREATMENTS ARE LEFT?",
        "My oncologist told me about a clinical trial in Galway, is it for me?",
    ],
}
OTHER: dict[Language, Language] = {"fr": "en", "en": "fr"}


@pytest.mark.parametrize(("language", "text"), [(name, text) for name, texts in SENTENCES.items() for text in texts])
def test_sentences_are_recognised(languages: LanguageModel, language: Language, text: str) -> None:
    found = languages.detect(text)
    assert found.language == language
    assert found.confidence > 0.85
    assert found.words >= 3


@pytest.mark.parametrize(("language", "text"), [(name, text) for name, texts in SENTENCES.items() for text in texts])
def test_a_sentence_in_the_other_language_changes_it(languages: LanguageModel, language: Language, text: str) -> None:
    chosen = choose_language(text, languages.detect(text), current=OTHER[language], page=None, default=OTHER[language])
    assert chosen == language


@pytest.mark.parametrize("current", ["fr", "en"])
@pytest.mark.parametrize(
    "text",
    [
        "ok",
        "cancer",
        "parking",
        "stop",
        "chimio",
        "chemo",
        "merci",
        "thanks",
        "oui",
        "yes",
        "pourquoi ?",
        "why?",
        "immunothérapie",
        "immunotherapy",
        "palliatif",
        "palliative care",
        "Hodgkin",
        "😀",
        "",
        "12",
    ],
)
def test_a_word_or_two_never_change_it(languages: LanguageModel, text: str, current: Language) -> None:
    found = languages.detect(text)
    assert choose_language(text, found, current=current, page=None, default="fr") == current
    assert choose_language(text, found, current=None, page=current, default=OTHER[current]) == current


@pytest.mark.parametrize("default", ["fr", "en"])
@pytest.mark.parametrize("text", ["ok", "cancer", "immunothérapie", "information", "😀", "12", "", "مرحبا كيف حالك"])
def test_a_first_word_of_both_languages_or_none_leaves_the_default(
    languages: LanguageModel, text: str, default: Language
) -> None:
    assert choose_language(text, languages.detect(text), current=None, page=None, default=default) == default


@pytest.mark.parametrize(("text", "language"), [("Bonjour", "fr"), ("merci", "fr"), ("Hello", "en"), ("thanks", "en")])
def test_a_first_word_of_one_language_is_enough(languages: LanguageModel, text: str, language: Language) -> None:
    chosen = choose_language(text, languages.detect(text), current=None, page=None, default=OTHER[language])
    assert chosen == language


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("mon cancer est back depuis lundi", "fr"),
        ("je veux un clinical trial", "fr"),
        ("my mum is at the hôpital", "en"),
        ("is chimio the same as chemo", "en"),
    ],
)
def test_mixing_languages_does_not_flip(languages: LanguageModel, text: str, stays: Language) -> None:
    assert choose_language(text, languages.detect(text), current=stays, page=None, default=OTHER[stays]) == stays


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("English please", "en"),
        ("english", "en"),
        ("in english", "en"),
        ("En anglais s’il vous plaît", "en"),
        ("can you speak english", "en"),
        ("passez à l’anglais", "en"),
        ("French please", "fr"),
        ("Français svp", "fr"),
        ("en français", "fr"),
        ("switch back to French", "fr"),
        ("answer me in French", "fr"),
        ("passez au français", "fr"),
    ],
)
def test_an_explicit_wish_always_wins(languages: LanguageModel, text: str, wish: Language) -> None:
    assert requested_language(text) == wish
    chosen = choose_language(text, languages.detect(text), current=OTHER[wish], page=OTHER[wish], default=OTHER[wish])
    assert chosen == wish


@pytest.mark.parametrize(
    "text",
    [
        "Mon père ne lit pas en anglais",
        "c’est pour mes devoirs en anglais",
        "my father does not speak English",
        "it is for my homework in French",
        "What is a refractory cancer?",
        "C’est quoi un cancer réfractaire ?",
    ],
)
def test_a_language_only_mentioned_is_not_asked_for(text: str) -> None:
    assert requested_language(text) is None


def test_the_last_of_two_wishes_counts() -> None:
    assert requested_language("not in French, in English please") == "en"
    assert requested_language("pas en anglais, en français s’il vous plaît") == "fr"


def test_a_page_begins_the_conversation_and_a_clear_message_overrides_it() -> None:
    clear, short = Detection("en", 0.97, 6), Detection("en", 0.97, 2)
    assert choose_language("…", clear, current=None, page="fr", default="fr") == "en"
    assert choose_language("…", short, current=None, page="fr", default="en") == "fr"
    unsure = Detection("en", 0.7, 9)
    assert choose_language("…", unsure, current="fr", page="en", default="en") == "fr"


def test_nothing_latin_is_no_language(languages: LanguageModel) -> None:
    for text in ("", "   ", "😀😀", "12 345", "مرحبا", "Привет"):
        assert languages.detect(text) == Detection(None, 0.0, 0)
    assert languages.detect("ok").words == 0


def test_rare_n_grams_are_left_out() -> None:
    texts, names = ["le chat dort"] * 3 + ["the cat sleeps"] * 3, ["fr"] * 3 + ["en"] * 3
    assert LanguageModel.fit(texts, names, least=4).odds.keys() < LanguageModel.fit(texts, names, least=1).odds.keys()
    model = LanguageModel.fit(texts, names, least=1)
    assert model.odds[" le "] > 0 > model.odds["the"]
