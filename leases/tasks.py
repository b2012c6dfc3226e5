"""What leases do in the background: it runs on a site without e-signature too."""

import logging

from celery import shared_task
from kombu.exceptions import OperationalError

from leases import imports
from leases.calendar import transition_leases_by_date

logger = logging.getLogger(__name__)


def enqueue_task(task: object, *arguments: str | int | None) -> None:
    """Once what is being written is kept, have a worker do this.

    A broker that is away is no error: a sweep begins later with what was not enqueued.
    """
    try:
        task.delay_on_commit(*arguments)  # type: ignore[attr-defined]  # its decorator types a task as object
    except (OSError, OperationalError):
        logger.warning("the broker is away; the sweeper enqueues the work later")


@shared_task
def apply_calendar() -> None:
    """Executed leases become active on their first day; active ones end, or go on, after their last."""
    transition_leases_by_date()


@shared_task
def work_on_import(pk: int) -> None:
    """Look at a file, or import it: whatever it waits for."""
    imports.work(pk)


@shared_task
def sweep_imports() -> None:
    """Begin again with imports that lost their worker, and forget files that were not confirmed."""
    for pk in imports.waiting():
        work_on_import.delay(pk)
    imports.drop_files()
