"""The made-up traffic of the speed measurements fits the tables and the pages, and no page reads a table whole."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.store import alerts, database, figures, review
from bot.store.columns import now
from bot.store.database import session_scope
from bot.store.models import Conversation, EventRow
from tests.desk.conftest import Team
from tests.desk.plans import asked, steps, without_index
from tests.desk.seed import crowd, fill


def test_made_up_traffic_is_shown_by_every_page(team: Team) -> None:
    counts = fill(team.url, 60, seed=7, days=2)
    assert counts["conversations"] == 60
    assert 15 * 60 < counts["events"] < 32 * 60
    with session_scope(team.url, write=False) as session:
        assert session.query(EventRow).count() == counts["events"]
        assert len(review.page(session, review.Wanted())) == 50
        waiting = {place.conversation.id for place in alerts.queue(session)}
        found = session.query(Conversation.id).filter_by(state="waiting").all()
        assert waiting == {row.id for row in found}
        span = figures.span_of(7, ZoneInfo("Europe/Paris"), now())
        assert figures.conversations(session, span).total == 60
    for person, path in (
        (team.amelie, "/alerts"),
        (team.lea, "/review"),
        (team.lea, "/figures"),
        (team.lea, "/comments"),
    ):
        assert person.get(path).status_code == 200


def test_no_page_reads_a_table_from_end_to_end(team: Team) -> None:
    fill(team.url, 60, seed=7, days=2)
    crowd(team.url, waiting=5, messages=8)
    with session_scope(team.url, write=False) as session:
        assert len(alerts.queue(session)) > 5
        one = f"/conversations/{session.query(Conversation.id).limit(1).scalar()}"
    lea, chef = team.lea, team.chef
    words = {"text": "cancer", "outcome": "fallback", "language": "en"}
    others = {"topic": "causes", "tag": "1", "rating": "useful", "verdict": "wrong_topic", "tier": "any"}
    for name, ask in (
        ("alerts", lambda: chef.get("/alerts")),
        ("transcript", lambda: chef.get(one)),
        ("lines", lambda: chef.get(f"{one}/lines?after=0")),
        ("review", lambda: lea.get("/review?language=fr&channel=widget&review=unread&below=30")),
        ("words", lambda: lea.htmx("/review", words)),
        ("others", lambda: lea.htmx("/review", others)),
    ):
        with asked(team.url) as kinds:
            assert ask().status_code == 200
        assert len(kinds) > 3, name
        for statement, values in kinds:
            assert without_index(steps(team.url, statement, values)) == [], (name, statement)


def test_a_query_without_index_is_noticed(team: Team) -> None:
    with asked(team.url) as kinds, database.session_scope(team.url, write=False) as session:
        session.execute(sa.select(EventRow.id).where(EventRow.data.like("%x%"))).all()
    ((statement, values),) = kinds
    assert without_index(steps(team.url, statement, values)) != []
