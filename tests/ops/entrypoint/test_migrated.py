"""The wait for the migration, where nothing starts the parts after it."""

import logging

import pytest
from django.db import connection, connections
from django.db.migrations.recorder import MigrationRecorder

from ops.entrypoint import migrated

pytestmark = pytest.mark.django_db(transaction=True)


def test_with_all_tables_nobody_waits(caplog: pytest.LogCaptureFixture) -> None:
    migrated.wait(patience_s=0)

    assert caplog.messages == []


def test_a_missing_migration_is_waited_for_and_then_said(caplog: pytest.LogCaptureFixture) -> None:
    recorder = MigrationRecorder(connection)
    app, name = recorder.migration_qs.filter(app="polls").order_by("-id").values_list("app", "name")[0]
    recorder.record_unapplied(app, name)
    try:
        migrated.wait(patience_s=0)
    finally:
        recorder.record_applied(app, name)

    assert caplog.messages == ["The part starts although the database is not ready: 1 migrations are missing."]


def test_a_postgres_that_is_away_stops_no_part(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections.close_all()
    monkeypatch.setitem(connection.settings_dict, "PORT", 1)
    with caplog.at_level(logging.WARNING, "ops.entrypoint.migrated"):
        migrated.wait(patience_s=0)

    assert len(caplog.messages) == 1
    assert "connection" in caplog.text
