"""``repere evaluate``: predictions, figures on the terminal, and the report."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.errors import ContentError
from bot.evaluation.figures import (
    GROUPS,
    Pair,
    Share,
    false_alarms_by_kind,
    figures,
    in_group,
    latencies,
    pairs_of,
    recall_by_tier,
)
from bot.evaluation.predict import predict, read_rows
from bot.evaluation.progress import bar
from bot.evaluation.report import percent, write_report


async def evaluate(gold: Path, report: Path | None) -> None:
    """Print the figures for a gold file. Raises ContentError for rows without label or language."""
    rows = read_rows(gold)
    for number, row in enumerate(rows, 1):
        if "label" not in row or row.get("lang") not in ("fr", "en"):
            raise ContentError(f"{gold}:{number}: a gold row needs 'label' and 'lang' (fr or en).")
    with bar("messages", len(rows)) as tick:
        predictions = await predict(rows, tick)
    pairs = pairs_of(rows, predictions)
    console = Console()
    console.print(_figures_table(pairs))
    console.print(_shares("recall by tier, with the lower bound of the 95 % interval", recall_by_tier(pairs), low=True))
    alarms = false_alarms_by_kind(pairs)
    if alarms:
        console.print(_shares("false alarms by kind of message", alarms, low=False))
    p50, p95 = latencies(predictions)
    console.print(f"reply: p50 {p50:.0f} ms, p95 {p95:.0f} ms, inside the engine")
    if report is not None:
        console.print(f"report: {write_report(pairs, report)}")


def _figures_table(pairs: list[Pair]) -> Table:
    table = Table(title=f"{len(pairs)} messages")
    table.add_column("figure")
    by_group = {group: figures(in_group(pairs, group)) for group in GROUPS}
    for group in GROUPS:
        table.add_column(group, justify="right")
    for name in by_group["all"]:
        table.add_row(name, *(percent(by_group[group][name]) for group in GROUPS))
    return table


def _shares(title: str, shares: dict[tuple[str, str], Share], low: bool) -> Table:
    table = Table("group", "share", *(["95 % low"] if low else []), title=title)
    for (language, name), share in shares.items():
        bound = [f"{share.low:.3f}" if share.low is not None else "–"] if low else []
        table.add_row(f"{language} {name}", percent(share), *bound)
    return table
