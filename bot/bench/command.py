"""``repere bench``: what is said on the terminal, and where the results go."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

from bot.bench.plan import Plan
from bot.bench.report import put, table, write_report
from bot.bench.run import Bench
from bot.bench.sample import draw, questions
from bot.errors import SettingsError
from bot.evaluation.progress import bar
from bot.nlu.training_data import load_examples
from bot.settings import ROOT

DOCUMENT = ROOT / "docs" / "performance.md"
PROFILE_BEGIN, PROFILE_END = "<!-- profile: begin -->", "<!-- profile: end -->"


def bench(plan: Plan, folder: Path, keep: bool) -> None:
    """Run the plan in ``folder`` and print the table; ``keep``: also put it into docs/performance.md."""
    warnings.simplefilter("ignore")
    if plan.gold is not None and not plan.gold.is_file():
        raise SettingsError(f"There is no gold file {plan.gold}.")
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    console = Console(stderr=True, highlight=False)
    results = Bench(plan, folder, console).run()
    Console().print(Markdown("\n".join(table(results))))
    document = DOCUMENT if keep else folder / "performance.md"
    write_report(results, document)
    console.print(f"table and pictures: {document}; every value: {folder / 'results.json'}")


def profile_reply(replies: int, keep: bool) -> None:
    """Print the profile of one reply; ``keep``: also put it into docs/performance.md."""
    warnings.simplefilter("ignore")
    from bot.bench.profile import profile

    texts = questions(draw(load_examples(), None), replies)
    with bar("replies", len(texts)) as tick:
        found = profile(texts, tick)
    lines = _profile_lines(asdict(found)["stages"], found.median, found.mean, found.replies)
    Console().print(Markdown("\n".join(lines)))
    if keep:
        put(DOCUMENT, "\n".join(lines), PROFILE_BEGIN, PROFILE_END)


def _profile_lines(stages: Sequence[tuple[str, float, float]], median: float, mean: float, replies: int) -> list[str]:
    lines = [
        f"One reply, without HTTP: median {median:.1f} ms, mean {mean:.1f} ms ({replies} replies).",
        "",
        "| stage | ms a reply | times a reply |",
        "|---|---|---|",
    ]
    return [*lines, *(f"| {name} | {ms:.2f} | {calls:.2f} |" for name, ms, calls in stages)]
