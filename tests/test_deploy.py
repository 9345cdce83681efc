"""What deploy/ names exists in the code, and no public route leads where none may: read from the files, no containers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import tomli
import typer.main
import yaml

from bot.channels.widget import SOCKET_PATH
from bot.channels.widget_files import FILES
from bot.channels.widget_http import WidgetHttp
from bot.cli import app
from bot.settings import ROOT, Settings, load_settings
from bot.supervisor import parts_of
from bot.training import _CODE, _SOURCES

DEPLOY = ROOT / "deploy"
YAML = sorted([DEPLOY / "compose.yml", *(DEPLOY / "kubernetes").glob("*.yaml")])
WIDGET = "/webhooks/widget"
# A site's first line and its block, which ends with the first brace in the first column.
SITE = re.compile(r"^(\S[^\n{]*|\{\$\w+\}) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)


def documents(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def kubernetes(kind: str) -> list[dict[str, Any]]:
    found = [d for path in YAML if path.name != "compose.yml" for d in documents(path) if d["kind"] == kind]
    assert found, kind
    return found


def pods() -> list[dict[str, Any]]:
    plain = [*kubernetes("StatefulSet"), *kubernetes("Deployment")]
    jobs = [d["spec"]["jobTemplate"] for d in kubernetes("CronJob")]
    return [d["spec"]["template"]["spec"] for d in (*plain, *jobs)]


def containers() -> list[dict[str, Any]]:
    return [one for pod in pods() for one in (*pod.get("initContainers", ()), *pod["containers"])]


def texts() -> dict[str, str]:
    """Every file under deploy/ that is kept."""
    kept = {path for path in DEPLOY.rglob("*") if path.is_file()} - {
        DEPLOY / "env",
        DEPLOY / "kubernetes" / "secret.yaml",
    }
    return {str(path.relative_to(DEPLOY)): path.read_text(encoding="utf-8") for path in sorted(kept)}


def public_sites() -> dict[str, str]:
    """The sites that the world can reach, by file and first line."""
    sites = {f"Caddyfile {name}": block for name, block in SITE.findall(texts()["Caddyfile"])}
    for config in kubernetes("ConfigMap"):
        for name, text in config["data"].items():
            if name.endswith("Caddyfile"):
                sites |= {f"{name} {site}": block for site, block in SITE.findall(text) if site == ":8080"}
    return sites


def widget_paths() -> set[str]:
    """Every path of the widget's channel, as the code registers them."""
    found: list[str] = []

    class Recorder:
        def add_route(self, _: Any, path: str, **__: Any) -> None:
            found.append(WIDGET + path)

    WidgetHttp(load_settings(), None, None, None, None).add_to(Recorder())  # type: ignore[arg-type]
    plain = {path for path in found if "<" not in path}
    return plain | {f"{WIDGET}/{name}" for name in FILES} | {f"{SOCKET_PATH}/"}


def wrongly_open(block: str) -> list[str]:
    """What a public site lets through and may not."""
    settings = Settings()
    upstreams = re.findall(r"reverse_proxy (\S+)", block)
    if upstreams == [f"127.0.0.1:{settings.desk_port}"]:
        return []
    if upstreams != [f"127.0.0.1:{settings.port}"]:
        return [f"leads to {upstreams}"]
    matched = re.search(r"@widget path (.+)", block)
    behind = re.search(r"handle @widget \{.*?reverse_proxy .*?^\s*handle \{\s*respond 404\s*\}", block, re.M | re.S)
    if not matched or not behind:
        return ["passes everything on"]
    return [path for path in matched[1].split() if path not in widget_paths()]


@pytest.mark.parametrize("path", YAML, ids=lambda path: path.name)
def test_the_yaml_parses(path: Path) -> None:
    assert all(documents(path))


def test_every_setting_named_exists() -> None:
    known = {f"REPERE_{name.upper()}" for name in Settings.__fields__}
    named = {(file, name) for file, text in texts().items() for name in re.findall(r"REPERE_[A-Z_]*[A-Z]", text)}
    assert len(named) > 50
    assert sorted((file, name) for file, name in named if name not in known) == []


def test_every_setting_that_production_must_have_is_there() -> None:
    needed = {"REPERE_SECRET", "REPERE_RASA_TOKEN"}
    assert needed <= set(documents(DEPLOY / "compose.yml")[0]["x-repere"]["environment"])
    assert needed | {"DATABASE_URL"} <= set(kubernetes("Secret")[0]["stringData"])
    assert not kubernetes("Secret")[0]["stringData"]["REPERE_SECRET"], "an example holds no secret"


def test_every_command_exists() -> None:
    compose = documents(DEPLOY / "compose.yml")[0]["services"].values()
    commands = [one["command"] for one in (*compose, *containers()) if one.get("command")]
    modules = {command[2] for command in commands if command[:2] == ["python", "-m"]}
    assert modules == {part.module for part in parts_of(Settings())}
    ours = [command[1:] for command in commands if command[0] == "repere"]
    assert ours
    for words in ours:
        found: Any = typer.main.get_command(app)
        for word in words:
            if word.startswith("--"):
                assert word in [option for parameter in found.params for option in parameter.opts], words
            else:
                found = found.commands[word]
    named = set(re.findall(r"python -m (bot\S+)", texts()["Containerfile"]))
    assert named == modules


def test_every_health_address_exists() -> None:
    known = {part.health for part in parts_of(Settings()) if part.health}
    for file in ("compose.yml", "kubernetes/chat.yaml", "kubernetes/staff.yaml"):
        text = texts()[file]
        asked = set(re.findall(r"urlopen\('([^']+)'", text))
        asked |= {
            f"http://{host}:{port}{path}"
            for host, port, path in re.findall(r"HTTPConnection\('([^']+)', (\d+).*?'GET', '([^']+)'", text)
        }
        assert asked, file
        assert asked <= known, file


def test_every_port_on_loopback_is_a_process_of_ours() -> None:
    known = {str(part.port) for part in parts_of(Settings()) if part.port}
    for file, text in texts().items():
        assert set(re.findall(r"127\.0\.0\.1:(\d+)", text)) <= known, file


def test_no_public_route_leads_elsewhere() -> None:
    sites = public_sites()
    assert len(sites) == 4, sorted(sites)
    assert {name: wrong for name, block in sites.items() if (wrong := wrongly_open(block))} == {}
    assert sum(f"{WIDGET}/comments" in block and f"{SOCKET_PATH}/" in block for block in sites.values()) == 2


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"{WIDGET}/token", "/webhooks/rest/webhook"),
        (f"{WIDGET}/token", "/webhooks/*"),
        (f"{WIDGET}/token", "/conversations/*"),
        ("127.0.0.1:5005", "127.0.0.1:5055"),
        ("handle @widget", "handle"),
        ("respond 404", "reverse_proxy 127.0.0.1:5005"),
    ],
)
def test_an_open_door_would_be_seen(before: str, after: str) -> None:
    block = public_sites()["Caddyfile {$CHAT_SITE}"]
    assert before in block
    assert wrongly_open(block.replace(before, after))


def test_the_ingress_leads_to_the_proxies_alone() -> None:
    routes = {
        (path["path"], path["backend"]["service"]["name"])
        for ingress in kubernetes("Ingress")
        for rule in ingress["spec"]["rules"]
        for path in rule["http"]["paths"]
    }
    assert routes == {(f"{WIDGET}/", "repere-chat"), ("/", "repere-desk")}
    for name in ("repere-chat", "repere-desk"):
        ports = [s["spec"]["ports"] for s in kubernetes("Service") if s["metadata"]["name"] == name]
        assert [port["targetPort"] for port in ports[0]] == ["web"]
    assert {one["name"] for one in containers() if one.get("ports")} == {"proxy", "redis"}


def test_only_the_proxy_of_the_compose_file_has_ports() -> None:
    services = documents(DEPLOY / "compose.yml")[0]["services"]
    assert [name for name, one in services.items() if one.get("ports")] == ["proxy"]
    ours = {"dialogue", "actions", "watchdog", "desk", "migrate", "purge"}
    assert {name for name, one in services.items() if one.get("network_mode") == "service:proxy"} == ours


def test_the_image_holds_what_the_model_is_made_of_and_no_tools() -> None:
    text = texts()["Containerfile"]
    copied = {word for line in re.findall(r"^COPY (?!--)(.+) \S+$", text, re.M) for word in line.split()}
    assert {path.split("/")[0] for path in (*_SOURCES, *_CODE)} <= copied
    assert [name for name in copied if not (ROOT / name).exists()] == []
    admitted = {line[1:] for line in texts()["Containerfile.dockerignore"].splitlines() if line.startswith("!")}
    assert copied == admitted
    tools = tomli.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]["dev"]
    removed = re.search(r"pip uninstall --quiet \\\n(.+?) \\\n", text)
    assert removed
    assert sorted(removed[1].split()) == sorted(re.split(r"[<>=]", tool)[0] for tool in tools)
