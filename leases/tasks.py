"""The daily clock of leases: it runs on a site without e-signature too."""

from celery import shared_task

from leases.calendar import transition_leases_by_date


@shared_task
def apply_calendar() -> None:
    """Executed leases become active on their first day; active ones end, or go on, after their last."""
    transition_leases_by_date()
