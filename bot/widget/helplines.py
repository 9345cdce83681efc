"""Writes ``src/helplines.json``: the numbers that are built into the widget's one file.

The widget shows them when neither the server nor the network answers, so they have to travel with the script.
Source: ``bot/content/helplines.yml`` and nothing else. Run ``python -m bot.widget.helplines`` after a change there;
with ``--check`` it writes nothing and exits with status 1 when the committed file is out of date.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

import yaml

from bot.errors import ContentError

SOURCE: Final = Path(__file__).resolve().parent.parent / "content" / "helplines.yml"
TARGET: Final = Path(__file__).resolve().parent / "src" / "helplines.json"
GROUPS: Final = ("emergency", "emergency_text", "crisis", "cancer")
LANGUAGES: Final = ("fr", "en")
# Said of every line that is answered day and night, and of none that we know nothing about: no need to repeat it.
SILENT_HOURS: Final = {"24 h/24, 7 j/7", "24 hours a day, every day", "horaires à vérifier", "hours to be checked"}


def compact(source: dict[str, Any]) -> dict[str, Any]:
    """The lines by country, in the short form that ``src/emergency.ts`` reads.

    ``advice`` holds [fr, en] pairs; ``countries`` maps a code to ``[name fr, name en, index of its advice, line, …]``
    and each line is ``[group 0–3, number, href or 0 for a plain call, label fr, label en, remark fr, remark en]``.
    An English text that is the same as the French one is 0; remarks (hours and note) are left out where empty.
    """
    advice: list[list[str]] = []
    countries = {}
    for code, country in source["countries"].items():
        text = _both(country["display"]["emergency_text"])
        if text not in advice:
            advice.append(text)
        lines = [_line(group, line) for group, name in enumerate(GROUPS) for line in country[name]]
        countries[code] = [*_once(country["name"]), advice.index(text), *lines]
    return {"advice": advice, "countries": countries}


def _line(group: int, line: dict[str, Any]) -> list[Any]:
    number, href = line["number"], line["tel"]
    plain = "tel:" + "".join(character for character in number if character.isdigit() or character == "+")
    remarks = [_remark(line, language) for language in LANGUAGES]
    return [group, number, 0 if href == plain else href, *_once(line["label"]), *(remarks if any(remarks) else [])]


def _remark(line: dict[str, Any], language: str) -> str:
    hours, note = line["hours"][language], (line["note"] or {}).get(language, "")
    join = " ; " if language == "fr" else "; "
    return join.join(part for part in ("" if hours in SILENT_HOURS else hours, note) if part)


def _both(text: dict[str, str]) -> list[str]:
    return [text[language] for language in LANGUAGES]


def _once(text: dict[str, str]) -> list[Any]:
    french, english = _both(text)
    return [french, 0 if english == french else english]


def rendered(source: Path = SOURCE) -> str:
    """The JSON text that belongs into ``src/helplines.json``. Raises ContentError when the source is malformed."""
    try:
        data = yaml.safe_load(source.read_text(encoding="utf-8"))
        short = compact(data)
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise ContentError(f"{source.name} cannot be turned into the widget's numbers: {error!r}.") from error
    rows = ",\n".join(f"{json.dumps(code)}:{_json(country)}" for code, country in short["countries"].items())
    return f'{{"advice":{_json(short["advice"])},\n"countries":{{\n{rows}\n}}}}\n'


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def main(arguments: list[str]) -> int:
    """Write the file, or compare it with ``--check``. Returns the process's exit status."""
    text = rendered()
    if "--check" not in arguments:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    print(f"{TARGET.name} does not match {SOURCE.name}: run python -m bot.widget.helplines", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
