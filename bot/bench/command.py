"""``repere bench``: what is said on the terminal, and where the results go."""

from __future__ import annotations

import warnings
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

from bot.bench.plan import Plan
from bot.bench.profile import Profile, profile
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
    texts = questions(draw(load_examples(), None), replies)
    with bar("replies", len(texts)) as tick:
        found = profile(texts, tick)
    lines = _profile_lines(found)
    Console().print(Markdown("\n".join(lines)))
    if keep:
        put(DOCUMENT, "\n".join(lines), PROFILE_BEGIN, PROFILE_END)


def _profile_lines(found: Profile) -> list[str]:
    lines = [
        f"One reply, without HTTP: median {found.median:.1f} ms, mean {found.mean:.1f} ms, of it {found.processor:.1f} ms "
        f"of the processor ({found.replies} replies in conversations of ten turns).",
        "",
        "| stage | ms a reply | of it processor | times a reply |",
        "|---|---|---|---|",
    ]
    return [*lines, *(f"| {name} | {wall:.2f} | {cpu:.2f} | {calls:.2f} |" for name, wall, cpu, calls in found.stages)]
