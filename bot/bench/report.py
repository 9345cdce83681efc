"""``docs/performance.md``: the part that the bench writes, between two marks; the text around it stays as it is."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from bot.bench.pictures import write_pictures
from bot.bench.results import Results
from bot.bench.sides import DEFAULT, OURS
from bot.errors import ContentError

BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
_HEAD = "# How fast, how light\n\n"
# (figure, what it is, unit, the most that ours may be of the default's, or the least when it is a rate)
FIGURES = (
    ("training", "training", "s", 1 / 20),
    ("training_peak", "memory peak of training", "MB", None),
    ("model", "size of the model", "MB", 1 / 5),
    ("training_all", "training, all messages (the default: 1 of its 100 epochs)", "s", None),
    ("training_peak_all", "memory peak of that training", "MB", None),
    ("model_all", "size of the model of all messages", "MB", 1 / 5),
    ("start", "start to first reply", "s", 1 / 2),
    ("memory", "resident memory of the dialogue server", "MB", 0.6),
    ("memory_peak", "its peak (VmHWM)", "MB", None),
    ("memory_actions", "resident memory of the action server", "MB", None),
    ("rest_p50", "reply over REST, p50", "ms", 1 / 3),
    ("rest_p95", "reply over REST, p95", "ms", None),
    ("rest_p99", "reply over REST, p99", "ms", None),
    ("processor", "processor time of the dialogue server for a reply", "ms", None),
    ("widget_p50", "reply over the widget's channel, p50", "ms", None),
    ("widget_p95", "reply over the widget's channel, p95", "ms", None),
    ("widget_p99", "reply over the widget's channel, p99", "ms", None),
)
_FASTER = 3.0  # messages per second: times the default's
_TURN_LIMIT = 1.3  # turn 1,000 against turn 10
# Issue "the bot answers": limits of this project alone.
_OWN = (
    ("rest_p95", "p95 over REST with one patient writing", "ms", 150),
    ("training_all", "training, all messages", "s", 90),
    ("training", "training", "s", 90),
    ("memory_peak", "memory peak of the dialogue server", "MB", 900),
)


def write_report(results: Results, document: Path) -> None:
    """Put table and pictures into ``document`` (made when missing), the pictures into ``images`` beside it."""
    pictures = write_pictures(results, document.parent / "images")
    lines = [*_conditions(results), "", *table(results), "", *_own(results), "", *_load(results), "", *_deep(results)]
    lines += ["", *_quality(results), ""]
    lines += [f"![{title}](images/{path.name})" for title, path in pictures]
    put(document, "\n".join(lines))


def put(document: Path, block: str, begin: str = BEGIN, end: str = END) -> None:
    """Replace what stands between the marks; append both when the document has none. Raises ContentError for one."""
    text = document.read_text(encoding="utf-8") if document.is_file() else _HEAD
    if (begin in text) != (end in text):
        raise ContentError(f"{document}: one of the marks {begin} and {end} is missing.")
    if begin not in text:
        text = f"{text.rstrip()}\n\n{begin}\n{end}\n"
    before, rest = text.split(begin, 1)
    document.parent.mkdir(parents=True, exist_ok=True)
    document.write_text(f"{before}{begin}\n{block}\n{end}{rest.split(end, 1)[1]}", encoding="utf-8")


def table(results: Results) -> list[str]:
    """The figures of both sides as lines of Markdown: median (min–max), ratio, and whether the goal is met."""
    lines = ["| figure | this project | Rasa's default | ratio | goal | |", "|---|---|---|---|---|---|"]
    for figure, title, unit, most in FIGURES:
        if figure not in results.samples:
            continue
        ratio = results.ratio(figure)
        cells = [_cell(results, figure, side, unit) for side in (OURS, DEFAULT)]
        goal = f"≤ {most:.2f}" if most and ratio is not None else ""
        lines.append(f"| {title} | {' | '.join(cells)} | {_number(ratio)} | {goal} | {_met(ratio, most)} |")
    return lines


def _own(results: Results) -> list[str]:
    lines = ["| this project alone | measured | limit | |", "|---|---|---|---|"]
    for figure, title, unit, most in _OWN:
        if figure not in results.samples:
            continue
        value = results.middle(figure, OURS)
        lines.append(f"| {title} | {_number(value)} {unit} | ≤ {most} {unit} | {_met(value, most)} |")
    return lines


def _load(results: Results) -> list[str]:
    lines = [
        "Messages per second while 95 of 100 replies take at most 200 ms (locust; each patient leads an own conversation;",
        "the round in the middle, in brackets the lowest and the highest rate):",
        "",
        "| conversations at once | this project | Rasa's default | times | goal | | all out: this project | Rasa's default |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for ours, default in zip(results.capacity.get(OURS, []), results.capacity.get(DEFAULT, [])):
        times = ours["rate"] / default["rate"] if default["rate"] else None
        met = "yes" if times is None and ours["rate"] else _met(-times, -_FASTER) if times else "**no**"
        flat = [f"{row['flat_out_rate']:.1f}/s, p95 {row['flat_out_p95']:.0f} ms" for row in (ours, default)]
        lines.append(
            f"| {ours['conversations']} | {_rate(results, OURS, ours)} | {_rate(results, DEFAULT, default)} "
            f"| {_number(times)} | ≥ 3 | {met} "
            f"| {' | '.join(flat)} |"
        )
    return lines


def _deep(results: Results) -> list[str]:
    lines = [
        "Reply at one turn of a conversation, ms (median, min–max): the first after a restart, and the ones after it:",
        "",
        "| turn | this project, cold | warm | Rasa's default, cold | warm |",
        "|---|---|---|---|---|",
    ]
    ours, default = results.depths.get(OURS, []), results.depths.get(DEFAULT, [])
    for row, other in zip(ours, default):
        cells = [_spread(one[kind]) for one in (row, other) for kind in ("cold", "warm")]
        lines.append(f"| {row['turn']} | {' | '.join(cells)} |")
    lines.append("")
    for rows, name in ((ours, "This project"), (default, "Rasa's default")):
        if len(rows) > 1:
            first, last = rows[0], rows[-1]
            warm = median(last["warm"]) / median(first["warm"])
            cold = median(last["cold"]) / median(first["cold"])
            goal = f" (goal ≤ {_TURN_LIMIT}: {_met(warm, _TURN_LIMIT)})" if rows is ours else ""
            lines.append(
                f"- {name}: turn {last['turn']} costs {_number(warm)} times turn {first['turn']} warm{goal}, {_number(cold)} cold."
            )
    if results.led:
        led = ", ".join(f"turn {turn} {ms:.1f} ms" for turn, ms in results.led.items())
        lines.append(f"- One conversation really led to its end with this project: {led}.")
    return lines


def _quality(results: Results) -> list[str]:
    if not results.quality:
        return ["Answer quality was not measured in this run: every message was trained on and no gold file was given."]
    about = results.about
    source = "messages left out of the training, by the same authors" if about["gold"] == "held out" else about["gold"]
    lines = [
        f"Answer quality on {about['judged']} messages ({source}), French and English apart:",
        "",
        "| figure | this project, fr | en | Rasa's default, fr | en |",
        "|---|---|---|---|---|",
    ]
    ours, default = results.quality[OURS], results.quality[DEFAULT]
    for name in ours["all"]:
        cells = [_share(side[group][name]) for side in (ours, default) for group in ("fr", "en")]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def _conditions(results: Results) -> list[str]:
    about = results.about
    part = "all" if about["messages"] == about["of"] else f"a sample ({about['messages']} of {about['of']})"
    epochs = f"{about['epochs']} epochs instead of Rasa's 100" if about["epochs"] else "Rasa's own number of epochs"
    reused = (
        f" The default's model and training time are from the run of {about['reused']}." if "reused" in about else ""
    )
    served = (
        f" Start, memory, replies and load are those of models of all {about['served']} messages, the default's of one epoch: "
        "epochs change what a model knows, not what a reply costs."
        if about["served"] != about["messages"]
        else ""
    )
    return [
        f"Measured on {about['date']} by `repere bench`: {about['processor']}, {about['cores']} cores, "
        f"{about['memory_gb']} GB, {about['system']}, Python {about['python']}, Rasa {about['rasa']}; load of the machine "
        f"before: {about['busy_before']}. Both sides trained on {part} of the training messages, the default with {epochs}."
        f"{served}{reused} Medians of {about['rounds']} rounds (min–max) with the order of the sides alternated; "
        f"{about['replies']} replies a round.",
    ]


def _cell(results: Results, figure: str, side: str, unit: str) -> str:
    found = results.samples[figure].get(side)
    return f"{_spread(found)} {unit}" if found else "–"


def _spread(values: list[float]) -> str:
    if len(values) == 1:
        return _number(values[0])
    return f"{_number(median(values))} ({_number(min(values))}–{_number(max(values))})"


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _rate(results: Results, side: str, row: dict[str, float]) -> str:
    rounds = results.samples.get(f"rate_{row['conversations']}", {}).get(side, [])
    spread = f" ({min(rounds):.1f}–{max(rounds):.1f})" if len(rounds) > 1 else ""
    if not row["rate"]:
        return f"none{spread}"
    return f"{row['rate']:.1f}{spread}/s (p95 {row['p95']:.0f} ms)"


def _share(found: list[float | None]) -> str:
    share, counted = found
    return "–" if share is None else f"{share:.1%} of {counted}"


def _met(value: float | None, most: float | None) -> str:
    if value is None or most is None:
        return ""
    return "yes" if value <= most else "**no**"
