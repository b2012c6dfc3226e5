"""A monitor of the site learns at once what keeps a lease from being signed."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from propertyapp import health
from propertyapp.celery import app as celery_app
from propertyapp.tasks import heartbeat

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _forget_the_answer() -> None:
    health._pending_migrations.cache_clear()


def worker_reported(*, seconds_ago: float) -> None:
    with time_machine.travel(timezone.now() - timedelta(seconds=seconds_ago), tick=False):
        heartbeat()


def report(client: Client, *, status: int) -> dict[str, str]:
    answer = client.get("/readyz")
    assert answer.status_code == status
    body = answer.json()
    assert body["ready"] is (status == 200)
    checks: dict[str, str] = body["checks"]
    return checks


def test_alive_asks_nothing_of_the_database(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"].startswith("max-age=0")


def test_ready_when_everything_answers(client: Client) -> None:
    worker_reported(seconds_ago=3)

    checks = report(client, status=200)

    assert re.fullmatch(r"ok, heard \d+ s ago", checks.pop("worker"))
    assert checks == {"database": "ok", "migrations": "ok", "broker": "ok"}


def test_a_stranger_learns_only_whether_it_is_ready_and_staff_learn_why(client: Client, admin_client: Client) -> None:
    from_afar = {"REMOTE_ADDR": "203.0.113.9"}
    assert client.get("/readyz", **from_afar).json() == {"ready": False}  # type: ignore[arg-type]  # extra WSGI values
    assert client.get("/readyz", headers={"X-Forwarded-For": "203.0.113.9"}).json() == {"ready": False}
    assert "worker" in admin_client.get("/readyz", **from_afar).json()["checks"]  # type: ignore[arg-type]  # as above


def test_not_ready_before_a_worker_has_reported(client: Client) -> None:
    assert "start worker and beat" in report(client, status=503)["worker"]


def test_not_ready_when_the_worker_fell_silent(client: Client) -> None:
    worker_reported(seconds_ago=100)

    assert "The worker was last heard 10" in report(client, status=503)["worker"]


def test_not_ready_without_a_broker(client: Client) -> None:
    worker_reported(seconds_ago=0)
    before = celery_app.conf.broker_url
    celery_app.conf.update(broker_url="redis://127.0.0.1:1/0")
    try:
        checks = report(client, status=503)
    finally:
        celery_app.conf.update(broker_url=before)

    assert "The broker does not answer" in checks["broker"]
    assert checks["database"] == "ok"


def test_not_ready_while_a_migration_waits(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")

    checks = report(client, status=503)

    assert checks["migrations"] == "1 migration(s) are not applied; run `manage.py migrate`."


def test_it_is_ready_again_as_soon_as_the_migration_ran(client: Client) -> None:
    worker_reported(seconds_ago=0)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
        report(client, status=503)
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('sessions', '0001_initial', %s)",
            ["2026-01-01 00:00:00+00:00"],
        )

    report(client, status=200)


def test_not_ready_without_a_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable() -> None:
        raise OperationalError("connection refused\nIs the server running?")

    worker_reported(seconds_ago=0)
    monkeypatch.setattr(connection, "cursor", unreachable)

    checks = report(client, status=503)

    assert checks["database"] == "The database does not answer: connection refused"
    assert checks["broker"] == "ok"
