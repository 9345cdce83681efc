"""Times the desk's pages on a filled database: ``python -m tests.desk.measure URL`` after ``python -m tests.desk.seed URL``.

Every page is asked for over HTTP from a desk process of its own; the figures are milliseconds until the whole answer is
there, and milliseconds of a processor that the desk used for it, which other work on the machine does not lengthen much.
The plans are those of the queries that the same pages send.
"""

from __future__ import annotations

import argparse
import os
import secrets
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
from starlette.testclient import TestClient

from bot.desk import passwords
from bot.desk.app import create_app
from bot.store import database, sign_ins, staff
from bot.store.models import Conversation
from tests.conftest import Server, make_product
from tests.desk.pages import desk_of
from tests.desk.plans import asked, steps, without_index

RUNS = 15
COOKIE = "__Host-repere_desk"


@dataclass(frozen=True)
class Page:
    """One page. ``form``: sent as the review's form sends it, None for a plain address."""

    name: str
    path: str
    form: dict[str, str] | None = None
    plan: bool = False


@dataclass
class Visit:
    """Somebody signed in as admin."""

    cookie: str
    csrf: str
    headers: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.headers = {"cookie": f"{COOKIE}={self.cookie}", "accept": "text/html", "sec-fetch-site": "same-origin"}

    def ask(self, client: httpx.Client, page: Page) -> httpx.Response:
        """The page; raises unless it is there."""
        if page.form is None:
            answer = client.get(page.path, headers=self.headers)
        else:
            form = {"csrf": self.csrf, **page.form}
            answer = client.post(page.path, data=form, headers={**self.headers, "HX-Request": "true"})
        assert answer.status_code == 200, (page.name, answer.status_code)
        return answer


def pages(url: str) -> list[Page]:
    """What is measured; the transcript is the longest one."""
    with database.session_scope(url, write=False) as session:
        longest = session.query(Conversation).order_by(Conversation.turns.desc()).limit(1).one()
        last = longest.last_at.date()
        waiting = session.query(Conversation).filter_by(state="waiting").count()
        one = f"/conversations/{longest.id}"
    return [
        Page(f"alerts, {waiting} waiting", "/alerts", plan=True),
        Page(f"transcript of {longest.turns} messages", one, plan=True),
        Page("new lines of an open transcript", f"{one}/lines?after=0&form=bot"),
        Page("review without filter", "/review", {}, plan=True),
        Page("review by date", "/review", {"from": str(last - timedelta(days=60)), "to": str(last - timedelta(days=30))}),
        Page("review by topic", "/review", {"topic": "causes"}),
        Page("review, less sure than 6 % (few)", "/review", {"below": "6"}),
        Page("review, no answer + English + topic", "/review",
             {"outcome": "fallback", "language": "en", "topic": "causes"}, plan=True),
        Page("review, tag + topic + rating", "/review", {"tag": "1", "topic": "causes", "rating": "useful"}, plan=True),
        Page("review, alert + judgement", "/review", {"tier": "any", "verdict": "wrong_topic"}, plan=True),
        Page("review, a common word", "/review", {"text": "cancer"}),
        Page("review, a word + no answer + English", "/review",
             {"text": "chemo", "outcome": "fallback", "language": "en"}, plan=True),
        Page("review, nothing matches", "/review", {"text": "aucunmotpareil"}),
        Page("review, the whole page", "/review?outcome=fallback&language=fr"),
        Page("figures of 30 days", "/figures?days=30"),
        Page("figures of half a year", "/figures?from=2000-01-01&to=2000-01-01"),
    ]  # fmt: skip


def visit(url: str) -> Visit:
    """A new admin, signed in."""
    with database.session_scope(url) as session:
        hashed = passwords.hash_password(secrets.token_hex(12))
        name = f"measure-{secrets.token_hex(4)}"
        member = staff.add(session, name=name, role="admin", password_hash=hashed, language="en")
        token = sign_ins.start(session, member, timedelta(hours=1))
        found = sign_ins.visitor(session, token)
        assert found is not None
        return Visit(token, found.csrf)


def timed(server: Server, visitor: Visit, wanted: list[Page], runs: int) -> Iterator[tuple[str, float, float, float]]:
    """Name, median, 95th percentile and processor time in ms of each page, after one request that does not count."""
    assert server.process is not None
    with httpx.Client(base_url=server.base, timeout=60) as client:
        for page in wanted:
            visitor.ask(client, page)
            taken, used = [], processor_ms(server.process.pid)
            for _ in range(runs):
                started = time.perf_counter()
                visitor.ask(client, page)
                taken.append((time.perf_counter() - started) * 1000)
            used = (processor_ms(server.process.pid) - used) / runs
            yield page.name, statistics.median(taken), statistics.quantiles(taken, n=20)[-1], used


def processor_ms(pid: int) -> float:
    """Milliseconds of a processor that a process used so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def print_plans(url: str, visitor: Visit, wanted: list[Page]) -> None:
    """The plan of every query behind the pages; ``!`` marks a step without an index."""
    with TestClient(create_app(url=url)) as client:
        for page in wanted:
            if page.plan:
                with asked(url) as kinds:
                    visitor.ask(client, page)
                print(f"\n{page.name}: {len(kinds)} kinds of queries")
                plans = [steps(url, statement, values) for statement, values in kinds]
                bad = {step for plan in plans for step in without_index(plan)}
                for step in dict.fromkeys(step for plan in plans for step in plan):
                    print("!" if step in bad else " ", step)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Time the desk's pages on a filled database.")
    parser.add_argument("url")
    parser.add_argument("--runs", type=int, default=RUNS)
    arguments = parser.parse_args()
    with database.session_scope(arguments.url, write=False) as session:
        newest = session.query(Conversation.last_at).order_by(Conversation.last_at.desc()).limit(1).scalar()
    half_year = f"/figures?from={(newest - timedelta(days=180)).date()}&to={newest.date()}"
    wanted = [Page(page.name, half_year) if "half a year" in page.name else page for page in pages(arguments.url)]
    visitor = visit(arguments.url)
    with tempfile.TemporaryDirectory() as folder:
        product = make_product(Path(folder), DATABASE_URL=arguments.url)
        server = desk_of(product).start()
        try:
            print(f"load {os.getloadavg()[0]:.1f}; ms, median / 95th percentile of {arguments.runs} | processor")
            for name, median, slow, used in timed(server, visitor, wanted, arguments.runs):
                print(f"| {name} | {median:.0f} / {slow:.0f} | {used:.0f} |", flush=True)
            print(f"load {os.getloadavg()[0]:.1f}")
        finally:
            server.kill()
    if arguments.url.startswith("sqlite"):
        print_plans(arguments.url, visitor, wanted)


if __name__ == "__main__":
    main()
