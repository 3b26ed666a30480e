"""Tables, migrations and versions of the database."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text, update

from disarm_exchange.errors import UserError
from disarm_exchange.store import Collection, Database, find_collection, read_object, schema, write_object
from disarm_exchange.store.audit import AuditEvent, record
from disarm_exchange.store.checking import check_database
from disarm_exchange.store.copying import backup, copy_database
from disarm_exchange.store.tables import object_versions, schema_version
from tests.store.objects import indicator, relationship, seen, stix_id, store


def test_head_is_the_newest_migration(database: Database) -> None:
    with database.read() as tx:
        scripts = ScriptDirectory.from_config(schema.alembic_config(tx.connection))
        assert scripts.get_current_head() == schema.HEAD
        assert schema.current_revision(tx.connection) == schema.HEAD


def test_migrations_make_the_tables_that_the_definitions_say(location: str) -> None:
    url = location if "://" in location else f"sqlite:///{location}"
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        schema.upgrade(connection)
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
        migrated = _indexes(connection)
    engine.dispose()
    with Database.open(location) as database:
        assert list(check_database(database)) == []
    assert len(migrated) == len(schema.metadata.tables)


def _indexes(connection: object) -> dict[str, object]:
    found = inspect(connection)
    return {name: found.get_indexes(name) for name in found.get_table_names()}


@pytest.mark.parametrize("revision", [f"{number:04}" for number in range(1, int(schema.HEAD))])
def test_what_every_earlier_revision_holds_is_still_there_after_an_upgrade(location: str, revision: str) -> None:
    from alembic import command

    url = location if "://" in location else f"sqlite:///{location}"
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    old = indicator(1)
    with engine.begin() as connection:
        command.upgrade(schema.alembic_config(connection), revision)
        connection.exec_driver_sql(
            "INSERT INTO collections (id, title, last_date_added, disabled, created_at)"
            " VALUES ('91a7b528-80eb-42ed-a74d-c6fbd5a26116', 'Old', 7, false, 0)"
        )
        stored = read_object(write_object(old))
        names = "collection, date_added, stix_id, type, spec_version, version, version_at, own_level, level, newest"
        connection.execute(
            text(
                f"INSERT INTO object_versions ({names}, older_level, digest, source, body)"
                " VALUES (1, 7, :id, 'indicator', '2.1', :version, :at, 1, 1, true, 10, :digest, 'local', :body)"
            ),
            {
                "id": stored.stix_id,
                "version": stored.version,
                "at": stored.version_at,
                "digest": stored.digest,
                "body": stored.body,
            },
        )
        if revision >= "0004":  # which has a column of its own for it
            connection.exec_driver_sql("UPDATE object_versions SET current = newest")
    engine.dispose()
    with Database.open(location, any_version=True) as database:
        assert database.upgrade() == (revision, schema.HEAD)
    with Database.open(location, create=False) as database:
        assert list(check_database(database)) == []
        with database.read() as tx:
            place = find_collection(tx, "91a7b528-80eb-42ed-a74d-c6fbd5a26116")
        assert place is not None
        store(database, place, old, indicator(1, day=2), relationship(2, stix_id("indicator", 1), "x"))
        assert [(item.stix_id, item.version[:10]) for item in seen(database, place, 1)] == [
            (stix_id("indicator", 1), "2026-01-02"),
            (stix_id("relationship", 2), "2026-01-01"),
        ]
        assert list(check_database(database)) == []


def test_migrated_and_created_sqlite_databases_are_the_same(tmp_path: Path) -> None:
    texts = []
    for name, make in (("created", schema.create), ("migrated", schema.upgrade)):
        engine = create_engine(f"sqlite:///{tmp_path / name}.db")
        with engine.begin() as connection:
            make(connection)
            rows = connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").all()
        engine.dispose()
        kinds = {(kind, item) for kind, item, _ in rows if item != "alembic_version"}
        columns = {item: "".join(sql.split()).count(",") for kind, item, sql in rows if kind == "table"}
        columns.pop("alembic_version")
        texts.append((kinds, columns))
    assert texts[0] == texts[1]


@pytest.mark.parametrize(("revision", "fix"), [("0000", "db upgrade"), ("9999", "upgrade this program")])
def test_a_database_of_another_version_is_refused_with_what_to_do(
    database: Database, location: str, revision: str, fix: str
) -> None:
    with database.write() as tx:
        tx.connection.execute(update(schema_version).values(version_num=revision))
    with pytest.raises(UserError) as caught:
        Database.open(location)
    assert fix in caught.value.fix
    with Database.open(location, any_version=True) as opened:
        assert "version" in next(iter(check_database(opened)))


def test_a_database_that_is_not_there_is_not_made_unless_wanted(tmp_path: Path) -> None:
    for place in (tmp_path / "none.db", tmp_path / "no" / "folder.db", tmp_path):
        with pytest.raises(UserError):
            Database.open(place, create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_text("not a database at all, but long enough to look at")
    with pytest.raises(UserError):
        Database.open(path)


def test_a_new_sqlite_file_is_for_its_owner_only(tmp_path: Path) -> None:
    Database.open(tmp_path / "x.db").close()
    assert (tmp_path / "x.db").stat().st_mode & 0o077 == 0


def test_passwords_of_urls_are_not_shown() -> None:
    with pytest.raises(UserError) as caught:
        Database.open("postgresql://someone:secretword@127.0.0.1:1/none")
    assert "secretword" not in str(caught.value)
    assert "someone" in str(caught.value)


def test_a_healthy_database_has_no_problems(database: Database, collection: Collection) -> None:
    store(database, collection, indicator(1), indicator(1, day=2), relationship(1, stix_id("indicator", 1), "x"))
    assert list(check_database(database)) == []


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        ({"body": b"{}"}, "damaged"),
        ({"body": indicator(9)}, "not what was received"),
        ({"newest": False}, "newest"),
        ({"own_level": 4}, "more widely"),
        ({"older_level": 0}, "older"),
        ({"date_added": 2**60}, "newer than the collection"),
    ],
)
def test_damage_is_found(database: Database, collection: Collection, damage: dict[str, object], problem: str) -> None:
    import orjson

    store(database, collection, indicator(1))
    values = {key: orjson.dumps(value) if isinstance(value, dict) else value for key, value in damage.items()}
    with database.write() as tx:
        tx.connection.execute(update(object_versions).values(**values))
    assert any(problem in found for found in check_database(database))


def test_a_backup_is_a_database_with_everything_in_it(
    database: Database, collection: Collection, tmp_path: Path
) -> None:
    store(database, collection, *(indicator(number) for number in range(30)), indicator(3, day=2))
    with database.write() as tx:
        record(tx, AuditEvent("a", "done"))
    path = tmp_path / "backup.db"
    assert backup(database, path) > 30
    assert [one.name for one in tmp_path.glob("*backup*")] == ["backup.db"]
    with Database.open(path, create=False) as copy:
        assert list(check_database(copy)) == []
        assert [item.body for item in seen(copy, collection, 5)] == [
            item.body for item in seen(database, collection, 5)
        ]
    with pytest.raises(UserError):
        backup(database, path)


def test_a_copy_can_be_written_to(database: Database, collection: Collection, tmp_path: Path) -> None:
    store(database, collection, indicator(1))
    path = tmp_path / "backup.db"
    backup(database, path)
    with Database.open(path) as copy:
        added = store(copy, collection, indicator(2))[0]
        assert added.date_added > seen(copy, collection, 5)[0].date_added
        with pytest.raises(UserError, match="not empty"):
            _copy_twice(copy, tmp_path)


def _copy_twice(source: Database, folder: Path) -> None:
    from disarm_exchange.store.access import add_api_root

    with Database.open(folder / "other.db") as target:
        with target.write() as tx:
            add_api_root(tx, "x", "x")
        copy_database(source, target)


def test_a_database_moves_to_postgresql(postgresql_url: str, tmp_path: Path) -> None:
    from disarm_exchange.store.access import add_api_root, add_collection, list_api_roots

    with Database.open(tmp_path / "x.db") as source, Database.open(postgresql_url) as target:
        with source.write() as tx:
            root = add_api_root(tx, "one", "One")
            made = add_collection(tx, "Findings", api_root=root)
        store(source, made, indicator(1))
        copy_database(source, target)
        with target.write() as tx:
            add_api_root(tx, "two", "Two")  # its number must not clash with a copied one
            assert [found.name for found in list_api_roots(tx)] == ["one", "two"]
        assert len(seen(target, made, 5)) == 1
        assert list(check_database(target)) == []
