"""Work is queued by urgency, and a backlog of one kind starves no other."""

import time

import pytest
from celery import current_app
from django.conf import settings
from django.core.cache import cache

from esign import tasks
from propertyapp.tasks import HEARTBEAT, heartbeat
from tests import stack
from tests.emulator_client import EmulatorClient

BACKLOG = 1000


def left_in(queue: str) -> int:
    with current_app.connection_for_write() as broker:
        return int(broker.default_channel.queue_declare(queue=queue, durable=True).message_count)  # type: ignore[attr-defined]  # of the transport's channel


@pytest.mark.django_db(transaction=True)
def test_a_heartbeat_does_not_wait_behind_a_campaign(emulator: EmulatorClient, server_output: stack.Output) -> None:
    cache.delete(HEARTBEAT)
    for _ in range(BACKLOG):
        tasks.prepare_batch_line.delay(0)  # a doorbell of a line that is not there
    heartbeat.delay()
    with stack.processes(server_output) as running:
        stack.start_worker(running, concurrency=1)
        deadline = time.monotonic() + 30
        while cache.get(HEARTBEAT) is None:
            assert time.monotonic() < deadline, "no heartbeat came"
            time.sleep(0.02)
        assert left_in("campaigns") > BACKLOG // 4


def test_every_task_of_a_queue_is_there_and_every_queue_is_served_by_default() -> None:
    queues = [queue.name for queue in settings.CELERY_TASK_QUEUES]
    assert queues == ["ticks", "people", "docusign", "campaigns"], "in the order in which a worker empties them"
    assert {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()} <= set(queues)
    current_app.loader.import_default_modules()
    known = set(current_app.tasks)
    for name in settings.CELERY_TASK_ROUTES:
        assert name in known or any(task.startswith(name.removesuffix("*")) for task in known if name.endswith("*"))
