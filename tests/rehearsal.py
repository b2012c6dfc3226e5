"""Hours of virtual time in seconds: our clock and the emulator's jump together whenever nothing is left to do.

This process is worker and beat at once. It takes messages from the real queues, the most urgent queue first, and runs
the real tasks; Celery's own scheduler says what beat enqueues, and when. While there is work, both clocks run as they
do. When there is none, both jump to the next moment at which beat or an appointment has something to do.
"""

import heapq
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import time_machine
from celery.beat import Scheduler
from django.conf import settings
from django.utils import timezone

from esign.docusign.login import access, token_cache
from esign.models import DocusignConnection
from propertyapp.celery import app as celery_app
from tests.emulator_client import EmulatorClient

Watch = Callable[[str], AbstractContextManager[None]]


class Rehearsal:
    """A worker and a beat on a clock that can be moved. `watch` is entered around each task, by its name."""

    def __init__(self, emulator: EmulatorClient, clock: time_machine.Traveller, channel: Any, watch: Watch) -> None:
        self._emulator, self._clock, self._channel, self._watch = emulator, clock, channel, watch
        celery_app.loader.import_default_modules()  # the tasks, as a worker that starts
        self._beat = Scheduler(app=celery_app)
        self._appointments: list[tuple[datetime, int, Callable[[], None]]] = []
        self._number = count()

    def at(self, moment: datetime, do: Callable[[], None]) -> None:
        """Have something done then, between two tasks."""
        heapq.heappush(self._appointments, (moment, next(self._number), do))

    def run_until(self, done: Callable[[], bool], *, at_most: timedelta) -> None:
        """Work, and move the clocks when there is nothing to do, until `done`, which is asked when all is idle."""
        end = timezone.now() + at_most
        while True:
            wait = self._beat.tick()
            if self._keep_an_appointment() or wait <= 0 or self._do_one_task():
                continue
            if done():
                return
            if timezone.now() > end:
                raise TimeoutError(f"Not done after {at_most} of virtual time.")
            self._jump(timezone.now() + timedelta(seconds=wait))

    def _keep_an_appointment(self) -> bool:
        if not self._appointments or self._appointments[0][0] > timezone.now():
            return False
        heapq.heappop(self._appointments)[2]()
        return True

    def _do_one_task(self) -> bool:
        for queue in settings.CELERY_TASK_QUEUES:
            message = self._channel.basic_get(queue.name, no_ack=True)
            if message is not None:
                arguments, named, _ = message.payload
                name = str(message.headers["task"])
                with self._watch(name):
                    celery_app.tasks[name].apply(arguments, named, throw=True)
                return True
        return False

    def _jump(self, moment: datetime) -> None:
        """The emulator first: what our budget takes for over must be over at Docusign."""
        first = min(moment, self._appointments[0][0]) if self._appointments else moment
        self._emulator.advance(seconds=max(0.0, (first - self._emulator.now()).total_seconds()))
        self._clock.move_to(max(first, timezone.now()))


@contextmanager
def rehearse(
    emulator: EmulatorClient, start: datetime, *, watch: Watch = lambda _name: nullcontext()
) -> Iterator[Rehearsal]:
    """Both clocks go on from `start`, which lies ahead. Connect is held: reconciling finds what happens at Docusign."""
    emulator.set_switches(oauth_time="virtual")
    emulator.hold_connect()
    emulator.advance(seconds=(start - emulator.now()).total_seconds())
    with (
        time_machine.travel(start, tick=True) as clock,
        celery_app.connection_for_read() as broker,
    ):
        _forget_token()
        try:
            yield Rehearsal(emulator, clock, broker.default_channel, watch)
        finally:
            _forget_token()


def _forget_token() -> None:
    """A token of one clock is none of the other."""
    access.forget(DocusignConnection.objects.default())
    token_cache.forget_own()
