"""Red flags of the body, one French and one English message or more per row of safety.md 1.1."""

from __future__ import annotations

import pytest

from bot.safety.detector import assess

# row of safety.md 1.1 → messages
EMERGENCY = {
    "2 spinal cord": [
        "mes jambes me lâchent depuis ce matin", "je ne sens plus mes jambes", "je n'arrive plus à faire pipi",
        "je me suis fait dessus sans le sentir", "legs giving way since this morning", "can't feel my feet",
        "I haven't had a wee since yesterday", "numb between my legs",
    ],
    "3 airway": ["elle a les lèvres bleues", "his breathing is noisy like a whistle"],
    "6 lung, heart": [
        "mal dans la poitrine", "essoufflé d'un coup, je ne peux plus respirer", "je crache du sang",
        "il est tombé dans les pommes", "sudden chest pain", "coughing up blood", "he passed out", "cant breath",
        "c dur de respirer", "jpeux plus respirer",
    ],
    "7 bleeding": [
        "ça saigne et ça ne s'arrête pas", "j'ai vomi du sang", "selles noires comme du goudron",
        "elle est tombée, elle s'est cogné la tête, elle est sous anticoagulants", "bleeding won't stop",
        "throwing up blood", "black tarry poo", "hit my head, I'm on blood thinners",
    ],
    "8 allergy": ["ma langue gonfle", "plaques partout et la gorge qui serre après la perf", "my tongue is swelling up",
                  "hives all over and my throat feels tight"],
    "10 CAR-T": ["depuis le CAR-T il cherche ses mots et écrit de travers", "after CAR-T he can't find the right words"],
    "15 seizure, stroke": [
        "il convulse", "sa bouche est de travers", "pire mal de tête de ma vie", "elle voit double", "she's having a seizure",
        "face drooping on one side", "worst headache of my life", "his speech is slurred",
    ],
    "16 waking": ["je n'arrive pas à réveiller mon père", "il est inconscient", "can't wake him", "she won't wake up"],
}  # fmt: skip
SOON = {
    "1 fever": [
        "39 de fièvre", "je grelotte", "je claque des dents", "elle est brûlante", "j'ai de la temp depuis hier",
        "le picc line est rouge et chaud", "running a fever on chemo", "burning up", "chills all day", "teeth chattering",
        "my port is red and hot", "fevr 39",
    ],
    "3 face": ["visage gonflé au réveil et le col me serre", "face all puffed up and my collar is tight"],
    "6 limb": ["un mollet gonflé, chaud et dur", "one calf swollen and hot"],
    "7 bruises": ["plein de petits points rouges sur les jambes", "covered in bruises", "je saigne du nez", "nosebleed again"],
    "12 bowels": ["diarrhée 9 fois depuis minuit sous immuno", "the runs nine times today with blood in it"],
    "12b liver": ["il a les yeux jaunes", "her eyes have gone yellow"],
    "13 obstruction": ["plus de gaz ni de selles, ventre dur comme du bois", "belly hard as a board, not passed gas for days"],
    "14 pain": ["la morphine ne fait plus rien", "douleur insupportable", "morphine isn't touching it", "pain is unbearable"],
    "16 confusion": ["il est confus depuis ce matin", "elle voit des bêtes sur le mur", "he doesn't know where he is",
                     "mum is talking nonsense"],
    "18 wrong dose": ["j'ai pris deux fois mes comprimés de chimio", "I took my chemo pills twice by mistake"],
    "20 violence": ["mon mari me bat", "my husband hits me"],
}  # fmt: skip
TODAY = {
    "2 back": ["mal au dos en ceinture, pire couché", "back pain like a belt, worse lying down"],
    "4 calcium": ["il a toujours soif et il pisse sans arrêt", "always thirsty and peeing loads"],
    "17 drinking": ["bouche pleine d'aphtes, impossible de manger", "mouth ulcers so bad I can't eat", "il est tombé deux fois cette nuit",
                    "he fell twice last night", "sa sonde ne coule presque plus", "my catheter is blocked"],
    "14 rising pain": ["la douleur augmente de jour en jour", "the pain is getting worse every day"],
}  # fmt: skip


def flat(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(row, text) for row, texts in table.items() for text in texts]


@pytest.mark.parametrize(("row", "text"), flat(EMERGENCY))
def test_emergency_now(row: str, text: str) -> None:
    assert assess(text).body == "E0", row


@pytest.mark.parametrize(("row", "text"), flat(SOON))
def test_oncology_line_now(row: str, text: str) -> None:
    assert assess(text).body in {"E0", "E1"}, row


@pytest.mark.parametrize(("row", "text"), flat(TODAY))
def test_at_least_today(row: str, text: str) -> None:
    assert assess(text).body is not None, row


def test_two_signs_for_today_make_one_for_now() -> None:
    assert assess("my catheter is blocked").body == "E2"
    assert assess("my catheter is blocked and my wee burns").body == "E1"


def test_sudden_raises_by_one() -> None:
    assert assess("mon mollet est gonflé").body == "E1"
    assert assess("mon mollet est gonflé d'un coup").body == "E0"


@pytest.mark.parametrize(
    "text",
    [
        "Bonjour, c'est quoi un cancer réfractaire, et j'ai 38,5 sous chimio",
        "ma mère est brûlante, she is shaking, on fait quoi",
        "my dad has 39 de fièvre et il tremble",
    ],
)
def test_mixed_messages_and_languages(text: str) -> None:
    assert assess(text).body is not None


@pytest.mark.parametrize(
    ("text", "third"),
    [
        ("mon père respire mal", True),
        ("my mum is confused and has a fever", True),
        ("elle convulse", True),
        ("je respire mal", False),
        ("I have a fever of 39", False),
    ],
)
def test_who_it_is_about(text: str, third: bool) -> None:
    assert assess(text).third_person is third
