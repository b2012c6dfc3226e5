"""The doors when what lies behind them is away: a dead broker loses nothing and shows no one an error."""

from collections.abc import Iterator

import pytest
from django.test import Client
from kombu import pools
from pytest_django import Settings

from esign import tasks
from esign.envelopes.freeze import freeze
from esign.models import Envelope, WebhookMessage
from propertyapp.celery import app
from propertyapp.local.broker import Broker
from tests.factories import LeaseFactory
from tests.faults.test_webhooks import post, signed

pytestmark = pytest.mark.django_db(transaction=True)


def connect_to(url: str) -> None:
    """Celery keeps its pools for the life of a process, so the test makes new ones."""
    app.conf.update(broker_url=url)
    pools.reset()
    for holder, cached in ((app, "_pool"), (app.amqp, "_producer_pool")):
        setattr(holder, cached, None)


@pytest.fixture
def dead_broker(broker: Broker) -> Iterator[None]:
    connect_to("redis://127.0.0.1:1/0")
    yield
    connect_to(broker.celery_url)


def test_a_lease_is_prepared_though_no_one_can_be_rung(dead_broker: None) -> None:
    envelope = freeze(LeaseFactory())

    tasks.enqueue(envelope.pk)

    assert list(Envelope.objects.due()) == [envelope]


def test_a_webhook_is_stored_though_no_one_can_be_rung(dead_broker: None, client: Client, settings: Settings) -> None:
    settings.DOCUSIGN_CONNECT_KEYS = ["a-key"]
    body = b'{"event": "envelope-completed"}'

    assert post(client, body, signed(body, "a-key")) == 200
    assert WebhookMessage.objects.get().outcome == WebhookMessage.Outcome.WAITING


def test_a_probe_of_the_webhook_is_answered_and_other_methods_are_not(client: Client) -> None:
    assert client.head("/esign/connect/").status_code == 200
    assert client.get("/esign/connect/").status_code == 405


def test_a_page_that_is_not_there_says_so_in_our_own_words(client: Client, settings: Settings) -> None:
    settings.DEBUG = False

    answer = client.get("/no-such-page/")

    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()
