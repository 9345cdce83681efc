"""The made-up traffic of the speed measurements fits the tables and the pages."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.store import alerts, figures, review
from bot.store.columns import now
from bot.store.database import session_scope
from bot.store.models import Conversation, EventRow
from tests.desk.conftest import Team
from tests.desk.seed import fill


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
