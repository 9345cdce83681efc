"""Tokens and lemmas of both languages."""

from __future__ import annotations

import pytest

from bot.nlu import analysis
from bot.nlu.analysis import MAX_CHARACTERS, SpacyToken, analyse, analyse_all
from bot.nlu.language import Language


def lemmas(text: str, language: Language) -> list[str]:
    return [token.lemma for token in analyse(text, language)]


def test_french_lemmas() -> None:
    found = lemmas("Les traitements ciblent les cellules cancéreuses", "fr")
    assert found == ["le", "traitement", "cibler", "le", "cellule", "cancéreux"]


def test_capitals_are_looked_up_as_small_letters() -> None:
    assert lemmas("LES TRAITEMENTS QUE J'AI REÇUS", "fr") == ["le", "traitement", "que", "je", "avoir", "recevoir"]


def test_letters_that_grow_longer_in_lower_case_do_not_move_the_others() -> None:
    text = "İstanbul, les traitements"
    assert [text[token.start : token.end] for token in analyse(text, "fr")] == ["İstanbul", ",", "les", "traitements"]


def test_english_lemmas() -> None:
    found = lemmas("The treatments targeted the cells", "en")
    assert found == ["the", "treatment", "target", "the", "cell"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Qu’est-ce que  c’est ?\nDites-moi !", "fr"),
        ("What's that?  Don't know", "en"),
        ("😀 39,5 °C", "fr"),
        ("a\tb", "en"),
    ],
)
def test_offsets_point_into_the_text_and_cover_it(text: str, language: Language) -> None:
    tokens = analyse(text, language)
    assert all(text[token.start : token.end] == token.text for token in tokens)
    assert "".join(token.text for token in tokens) == "".join(text.split())


def test_a_long_message_has_lemmas_at_its_beginning_and_tokens_throughout() -> None:
    text = "Les traitements marchent. " * (MAX_CHARACTERS // 26) + "x" * (MAX_CHARACTERS % 26) + " Les traitements"
    tokens = analyse(text, "fr")
    assert all(text[token.start : token.end] == token.text for token in tokens)
    assert tokens[1].lemma == "traitement"
    assert tokens[-1] == SpacyToken("traitements", "traitements", len(text) - 11, len(text))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_nothing_in_nothing(language: Language) -> None:
    assert analyse("", language) == []
    assert analyse("  \n ", language) == []
    assert list(analyse_all([], language)) == []


def test_a_batch_keeps_its_order() -> None:
    texts = ["un essai", "", "deux essais"]
    assert [len(tokens) for tokens in analyse_all(texts, "fr")] == [2, 0, 2]


def test_warming_up_loads_both() -> None:
    analysis.warm_up()
    assert analysis._pipeline.cache_info().currsize == 2
    assert "parser" not in analysis._pipeline("fr").pipe_names


def test_shared_out_to_all_processors_the_tokens_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"Les traitements du patient {number} ont échoué." for number in range(31)]
    alone = list(analysis.analyse_all(texts, "fr"))
    monkeypatch.setattr(analysis, "_WORTH_PROCESSES", len(texts))
    assert list(analysis.analyse_all(texts, "fr")) == alone
    assert len(alone) == len(texts)
