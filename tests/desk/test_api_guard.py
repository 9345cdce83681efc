"""The staff API behind the desk: people who left, the audit, and the same rules as on the pages."""

from __future__ import annotations

from collections.abc import Callable

from httpx import Response

from bot.desk import tokens
from bot.desk.tokens import Staff
from bot.store import staff
from bot.store.database import session_scope
from bot.store.desk_models import AuditEntry
from tests.desk.conftest import ROLES, Team


def call(team: Team, name: str, method: str, path: str, role: str = "", **more: object) -> Response:
    with session_scope(team.url) as session:
        member = staff.by_name(session, name)
        assert member is not None
        token = tokens.issue(Staff(member.id, member.display_name, role or ROLES[name]))  # type: ignore[arg-type]
    return team.client.request(method, path, headers={"authorization": f"Bearer {token}"}, **more)  # type: ignore[arg-type]


def test_nothing_without_a_token(team: Team, talk: Callable[..., str]) -> None:
    identity = talk([("patient", "secret")], tier="C1")
    for path in ("/api/alerts", f"/api/conversations/{identity}", "/api/nowhere"):
        assert team.client.get(path).status_code == 401
        assert team.client.get(path, headers={"authorization": "Bearer x.y.z"}).status_code == 401


def test_transcripts_only_for_those_who_may_reveal(team: Team, talk: Callable[..., str]) -> None:
    identity = talk([("patient", "secret")], tier="C1")
    path = f"/api/conversations/{identity}"
    assert call(team, "chef", "GET", path).status_code == 200
    assert call(team, "lea", "GET", path).status_code == 403
    refused = call(team, "amelie", "GET", path)
    assert refused.status_code == 403
    assert "secret" not in refused.text
    assert call(team, "amelie", "POST", f"{path}/claim").status_code == 200
    assert "secret" in call(team, "amelie", "GET", path).text
    assert call(team, "marc", "GET", path).status_code == 403
    with session_scope(team.url) as session:
        used = session.query(AuditEntry).filter_by(action="api.used", conversation_id=identity).count()
        refused_count = session.query(AuditEntry).filter_by(action="access.refused", conversation_id=identity).count()
    assert (used, refused_count) == (3, 3)


def test_a_token_dies_with_its_owners_access_or_role(team: Team) -> None:
    assert call(team, "amelie", "GET", "/api/alerts").status_code == 200
    assert call(team, "lea", "GET", "/api/alerts").status_code == 403
    assert call(team, "amelie", "GET", "/api/alerts", role="admin").status_code == 403
    chef = team.chef
    chef.post(f"/staff/{team.amelie.id}", {"what": "disable"})
    assert call(team, "amelie", "GET", "/api/alerts").status_code == 403
