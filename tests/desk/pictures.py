"""Takes the desk's pictures of docs/images: ``python -m tests.desk.pictures``. Look at every one before committing them."""

from __future__ import annotations

import io
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from bot.desk import canned_page
from bot.store import comments, handoff, judgements, remarks, widget_receipts
from bot.store.columns import now
from bot.store.database import session_scope
from bot.store.models import Alert, Conversation, Turn
from tests.conftest import make_product
from tests.desk.conversations import write_conversation
from tests.desk.pages import Tab, desk_of, hire, open_tab
from tests.desk.seed import fill
from tests.widget.conftest import ARGUMENTS, CHROMIUM
from tests.widget.pictures import TARGET, fitting

SIZES = {"desktop": 1280, "phone": 390}
SURE = {"confidence": 0.94}
TALK = {
    "fr": [
        ("patient", "j'ai du sang dans les selles et je suis très faible, moi c'est Martine",
         {"intent": "crisis_medical_emergency", "actions": ["utter_safety_E0"], **SURE}),
        ("bot", "Appelez le 15 ou le 112 maintenant.", {"utter_action": "utter_safety_E0"}),
        ("staff", "Bonjour, avez-vous pu appeler le 15 ?"),
        ("patient", "oui ils arrivent. mon numéro c'est le 06 12 34 56 78", {"intent": "thanks", "actions": ["action_listen"], **SURE}),
    ],
    "en": [
        ("patient", "there is blood in my stool and I feel very weak, my name is Martha",
         {"intent": "crisis_medical_emergency", "actions": ["utter_safety_E0"], **SURE}),
        ("bot", "Call 999 or 112 now.", {"utter_action": "utter_safety_E0"}),
        ("staff", "Hello, were you able to call 999?", {"staff_name": "Marc"}),
        ("patient", "yes they are coming. my number is 020 7946 0958", {"intent": "thanks", "actions": ["action_listen"], **SURE}),
    ],
}  # fmt: skip
PLAIN = {
    "fr": [
        ("patient", "pourquoi mon cancer résiste à la chimio ?", {"intent": "causes", **SURE}),
        ("bot", "Les cellules du cancer changent avec le temps : certaines échappent au traitement.",
         {"utter_action": "utter_causes"}),
        ("patient", "et les essais, comment on y entre ?", {"intent": "treatment_options", "confidence": 0.61}),
        ("bot", "Plusieurs voies restent possibles ; votre équipe peut en parler avec vous.",
         {"utter_action": "utter_treatment_options"}),
    ],
    "en": [
        ("patient", "why does my cancer resist chemo?", {"intent": "causes", **SURE}),
        ("bot", "Cancer cells change over time: some of them escape the treatment.", {"utter_action": "utter_causes"}),
        ("patient", "and trials, how do people get into one?", {"intent": "treatment_options", "confidence": 0.61}),
        ("bot", "Several ways remain; your team can talk about them with you.",
         {"utter_action": "utter_treatment_options"}),
    ],
}  # fmt: skip
WAITING = (
    ("fr", "fr", "C1", 2, ["je vais tout prendre"],
     [("patient", "bonsoir, pourquoi la chimio ne marche plus", {"intent": "causes", **SURE}),
      ("bot", "Les cellules du cancer changent avec le temps : certaines échappent au traitement."),
      ("patient", "de toute façon j'ai les comprimés devant moi et je vais tout prendre",
       {"intent": "crisis_suicide", "actions": ["utter_safety_C1"], **SURE}),
      ("bot", "Appelez le 15 ou le 112 maintenant.", {"utter_action": "utter_safety_C1"})]),
    ("en", "gb", "E1", 7, ["39.2", "shaking all over"],
     [("patient", "she has 39.2 and is shaking all over, chemo was last Tuesday. call me on 020 7946 0958",
       {"intent": "crisis_medical_emergency", "actions": ["utter_safety_E1"], **SURE}),
      ("bot", "Call the 24-hour number of the oncology team now.", {"utter_action": "utter_safety_E1"})]),
    ("fr", "be", None, 12, [],
     [("patient", "je voudrais parler à quelqu'un svp", {"intent": "ask_human", **SURE}),
      ("bot", "Votre demande est dans la file. Une personne de l’équipe la verra ici.")]),
    ("en", "ca", "C6", 190, ["assisted dying"],
     [("patient", "what does the law say here about assisted dying", {"intent": "crisis_suicide", **SURE}),
      ("bot", "This is a question for a person. Your request is in the queue.")]),
)  # fmt: skip
COMMENTS = (
    ("fr", "Le passage sur les essais cliniques m’a aidé à poser mes questions."),
    ("fr", "Merci. On peut m’écrire à ann@example.org pour en parler."),
    ("en", "I would like more about side effects of targeted treatments."),
)


@dataclass
class House:
    """A running desk and its conversations: ``mine``, ``plain`` and ``unasked`` by language."""

    base: str
    ids: dict[str, str]


@dataclass(frozen=True)
class Shot:
    """A picture: who looks at which address, the height it is cut off at, and what is done there first."""

    name: str
    who: str
    path: Callable[[House, str], str]
    most: int = 1500
    first: Callable[[Tab, House, str], None] = lambda *_: None


def furnish(url: str) -> dict[str, str]:
    """Two months of made-up traffic, and the conversations that the pictures show."""
    hire(url)
    fill(url, 2400, seed=3, days=60)
    with session_scope(url) as session:
        # What waits in the made-up traffic would hide what the pictures are about.
        session.query(Conversation).filter_by(state="waiting").update(
            {"state": "bot", "tier": None, "urgency": None, "waiting_since_at": None}
        )
        session.query(Alert).filter(Alert.resolved_at.is_(None)).update({"resolved_at": now(), "claimed_at": now()})
        canned_page.plant(session)
    at = time.time()
    for language, country, tier, minutes, evidence, said in WAITING:
        asked = tier is None
        identity = write_conversation(
            url, said, language=language, country=country, tier=tier, evidence=evidence, asked=asked,
            channel="telegram" if asked else "widget", at=at - minutes * 60 - len(said) * 2,
        )  # fmt: skip
        if tier == "E1":
            with session_scope(url) as session:
                alert = session.query(Alert).filter_by(conversation_id=identity).one()
                alert.unanswered_at = now()
    ids: dict[str, str] = {}
    for number, language in enumerate(("fr", "en")):
        country = "fr" if language == "fr" else "gb"
        evidence = ["sang dans les selles" if language == "fr" else "blood in my stool"]
        ids[f"mine-{language}"] = write_conversation(
            url, TALK[language], language=language, country=country, tier="E0", evidence=evidence, at=at - 300
        )
        ids[f"plain-{language}"] = write_conversation(
            url, PLAIN[language], language=language, country=country, at=at - 3600 - number * 60
        )
        with session_scope(url) as session:
            handoff.claim(session, ids[f"mine-{language}"], 1 + number)
            widget_receipts.note(session, ids[f"mine-{language}"], at - 200, seen=True)
            note = "Secours en route, sa fille est avec elle." if language == "fr" else "Help is on its way."
            remarks.add_note(session, ids[f"mine-{language}"], staff_id=1, staff_name="Amelie", text=note)
            remarks.tag(session, ids[f"plain-{language}"], "à relire" if language == "fr" else "example", staff_id=3)
            turns = session.query(Turn).filter_by(conversation_id=ids[f"plain-{language}"]).order_by(Turn.id).all()
            judgements.judge(session, turns[0].id, "right", staff_id=3)
    with session_scope(url) as session:
        for language, text in COMMENTS:
            comments.submit(session, conversation_id=None, text=text, display_name=None, language=language)
    return ids


def judging(tab: Tab, house: House, language: str) -> None:
    judge = tab.page.locator(".judge").last
    judge.locator("summary").click()
    judge.locator("input[value=wrong_topic]").check()
    judge.locator("select").select_option("clinical_trials")


def asking_about(tab: Tab, house: House, language: str) -> None:
    tab.page.fill("[name=conversation]", house.ids[f"plain-{language}"])
    tab.page.locator("form[action='/privacy/find'] button").click()


SHOTS = (
    Shot("signin", "", lambda *_: "/sign-in"),
    Shot("alerts", "amelie", lambda *_: "/alerts"),
    Shot("conversation", "amelie", lambda house, language: f"/conversations/{house.ids[f'mine-{language}']}"),
    Shot("account", "amelie", lambda *_: "/account"),
    Shot("review", "lea", lambda *_: "/review", most=1120),
    Shot("judge", "lea", lambda house, language: f"/conversations/{house.ids[f'plain-{language}']}", first=judging),
    Shot("comments", "lea", lambda *_: "/comments"),
    Shot("figures", "lea", lambda *_: "/figures"),
    Shot("stepin", "chef", lambda house, language: f"/conversations/{house.ids[f'plain-{language}']}"),
    Shot("replies", "chef", lambda *_: "/replies"),
    Shot("staff", "chef", lambda *_: "/staff"),
    Shot("privacy", "chef", lambda *_: "/privacy", first=asking_about),
    Shot("audit", "chef", lambda *_: "/audit"),
)


def take(browser: Browser, house: House, size: str, language: str, wanted: set[str]) -> None:
    """All pictures of one width and language."""
    width = SIZES[size]
    people: dict[str, Tab] = {}
    for shot in SHOTS:
        if wanted and shot.name not in wanted:
            continue
        # Of the conversations that are being talked to, each language has its own person.
        who = "marc" if shot.name == "conversation" and language == "en" else shot.who
        if who not in people:
            people[who] = open_tab(browser, house.base, language, size=(width, 860), timezone_id="Europe/Paris")
            if who:
                people[who].sign_in(who, language)
        tab = people[who].go(shot.path(house, language))
        shot.first(tab, house, language)
        tab.page.wait_for_timeout(900)
        picture = Image.open(io.BytesIO(tab.page.screenshot(full_page=True, animations="disabled"))).convert("RGB")
        cut = picture.crop((0, 0, picture.width, min(picture.height, shot.most)))
        (TARGET / f"desk-{shot.name}-{language}{'-phone' if size == 'phone' else ''}.png").write_bytes(fitting(cut))
        assert tab.problems == [], (shot.name, tab.problems)
    for tab in people.values():
        tab.page.context.close()


def main(wanted: set[str]) -> None:
    """Start a desk of its own and take the wanted pictures, all by default."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        product = make_product(Path(folder), REPERE_DUTY_HOURS="24/7")
        ids = furnish(product.database_url)
        desk = desk_of(product).start()
        try:
            for language in ("fr", "en"):
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
                for size in SIZES:
                    take(browser, House(desk.base, ids), size, language, wanted)
                browser.close()
        finally:
            desk.kill()


if __name__ == "__main__":
    main(set(sys.argv[1:]))
