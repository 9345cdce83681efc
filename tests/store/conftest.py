"""Databases for the store's tests: a SQLite file for each test, and a private PostgreSQL server."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.settings import get_settings
from bot.store import database


def _server_binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Address of a private PostgreSQL server, reached through a socket file, gone after the tests."""
    binaries = _server_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL's server is not installed (Debian package: postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    user: dict[str, str] = {}
    if os.geteuid() == 0:  # the server refuses to run as root
        user = {"user": "postgres"}
        os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
    data = folder / "data"
    subprocess.run(
        [binaries / "initdb", "-D", data, "-A", "trust", "-U", "repere", "-E", "UTF8", "--no-sync"],
        check=True,
        stdout=subprocess.DEVNULL,
        **user,
    )
    options = f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=200"
    command = [binaries / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options]
    subprocess.run([*command, "start"], check=True, stdout=subprocess.DEVNULL, **user)
    address = f"postgresql://repere@/template_repere?host={folder}"
    try:
        admin = sa.create_engine(address.replace("template_repere", "postgres"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.exec_driver_sql("CREATE DATABASE template_repere")
        database.upgrade(address)
        database.dispose(address)
        admin.dispose()
        yield address
    finally:
        subprocess.run([*command, "-m", "immediate", "stop"], check=True, stdout=subprocess.DEVNULL, **user)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("store") / "template.db"
    database.upgrade(f"sqlite:///{path}")
    database.dispose(f"sqlite:///{path}")
    return path


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith("REPERE_") or name == "DATABASE_URL"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("REPERE_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("REPERE_ENVIRONMENT", "test")
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> Iterator[str]:
    """A migrated SQLite file of this test."""
    shutil.copy(sqlite_template, tmp_path / "repere.db")
    url = f"sqlite:///{tmp_path / 'repere.db'}"
    yield url
    database.dispose(url)


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """A migrated PostgreSQL database of this test."""
    name = f"t{uuid.uuid4().hex}"
    admin = sa.create_engine(postgres.replace("template_repere", "postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template_repere")
    url = postgres.replace("template_repere", name)
    yield url
    database.dispose(url)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """A migrated database of this test, once of each kind."""
    found: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return found
