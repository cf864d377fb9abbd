"""The migrations make what the models say, on both databases, and two processes may run them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.migration import MigrationContext
from alembic.operations import Operations
from click.testing import CliRunner
from sqlalchemy import Column, Integer, inspect, text

import migrations
from commands import main
from ivr.database import connect
from ivr.models import Base, Incident
from migrations import MigrationError
from tests import servers


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        with servers.postgres(migrated=False) as url:
            yield url


def test_migrated_the_database_agrees_with_the_models(empty_url: str) -> None:
    migrations.migrate(empty_url)
    assert migrations.differences(empty_url) == []
    migrations.migrate(empty_url)
    assert migrations.differences(empty_url) == []


def test_an_empty_database_does_not_agree(empty_url: str) -> None:
    found = migrations.differences(empty_url)
    assert found[0].startswith("at migration None, newest is ")
    assert any("incidents" in each for each in found)


def test_a_column_that_the_models_lack_is_found(empty_url: str) -> None:
    migrations.migrate(empty_url)
    engine = connect(empty_url)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE clients ADD COLUMN forgotten INTEGER"))
    engine.dispose()
    assert any("forgotten" in each for each in migrations.differences(empty_url))


def test_what_the_database_works_out_is_what_the_models_say(tmp_path: Path) -> None:
    """`differences` does not see it: such a column's own words are kept as they were migrated."""
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    migrations.migrate(url)
    engine = connect(url)
    with engine.connect() as connection:
        made = connection.scalar(text("SELECT sql FROM sqlite_master WHERE name = 'incidents'"))
    engine.dispose()
    computed = [each.computed for each in Incident.__table__.columns if each.computed is not None]
    assert len(computed) == 2
    assert [str(each.sqltext) for each in computed if f"({each.sqltext})" not in made] == []


def test_the_migrations_can_be_taken_back(empty_url: str) -> None:
    migrations.migrate(empty_url)
    with migrations._migrating(empty_url) as connection:
        command.downgrade(migrations._config(connection), "base")
    engine = connect(empty_url)
    assert inspect(engine).get_table_names() == ["alembic_version"]
    engine.dispose()


def test_processes_that_migrate_at_once_do_no_harm(empty_url: str) -> None:
    program = "import sys, migrations; migrations.migrate(sys.argv[1])"
    started = [
        subprocess.Popen([sys.executable, "-c", program, empty_url], stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    results = [(each.communicate()[1].decode(), each.returncode) for each in started]
    assert [status for _, status in results] == [0, 0, 0], results
    assert migrations.differences(empty_url) == []


def test_changing_a_table_keeps_the_rows_that_point_at_it(tmp_path: Path) -> None:
    """SQLite copies the table and drops the old one; with foreign keys on, its rows would go."""
    url = servers.sqlite(tmp_path)
    _execute(
        url,
        "INSERT INTO clients "
        "(id, number, name, other_environments, beta_site, csa, version, sought) "
        "VALUES (1, '10452', 'A', '[]', 0, '', 0, 'a')",
        "INSERT INTO client_lines (client_id, phone) VALUES (1, '+15145550120')",
    )
    with migrations._migrating(url) as connection:
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("clients", recreate="always") as table:
            table.add_column(Column("more", Integer))
    engine = connect(url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM client_lines")).scalar() == 1
    engine.dispose()


def test_rows_that_point_at_nothing_undo_the_migration(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    engine = connect(url)
    Base.metadata.create_all(engine)
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw
        raw.execute("PRAGMA foreign_keys=OFF")
        raw.execute("INSERT INTO client_lines (client_id, phone) VALUES (99, '+15145550120')")
        raw.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)")
        raw.execute("INSERT INTO alembic_version VALUES ('0001')")
    engine.dispose()
    with pytest.raises(MigrationError, match="client_lines"):
        migrations.migrate(url)


@pytest.mark.usefixtures("demo")
def test_the_command_migrates_and_checks() -> None:
    run = CliRunner().invoke
    refused = run(main, ["db", "check"])
    assert (refused.exit_code, "incidents" in refused.stderr) == (1, True)
    assert run(main, ["db", "migrate"]).exit_code == 0
    agreed = run(main, ["db", "check", "--json"])
    assert (agreed.exit_code, agreed.stdout) == (0, '{"agrees": true, "differences": []}\n')


def test_nothing_starts_on_the_database_of_another_version(demo: dict[str, str]) -> None:
    """The same migration by its name, and not what the models want: it is told, and not hidden."""
    url, run = demo["DATABASE_URL"], CliRunner().invoke
    assert run(main, ["db", "migrate"]).exit_code == 0
    _execute(url, "DROP TABLE downtimes")
    refused = run(main, ["db", "migrate"])
    assert refused.exit_code == 1
    assert "downtimes" in refused.stderr
    assert "make reset" in refused.stderr


def _execute(url: str, *statements: str) -> None:
    engine = connect(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()
