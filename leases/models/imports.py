"""Files that staff import: looked at by a worker, confirmed by who sent them, carried out by a worker."""

from django.conf import settings
from django.db import models


class ImportJob(models.Model):
    """One file. It is carried out as a whole or not at all, and its file is kept only until that is decided."""

    class Kind(models.TextChoices):
        UNITS = "unit", "Units"
        TENANTS = "tenant", "Tenants"

    class State(models.TextChoices):
        CHECKING = "checking", "Being checked"
        REFUSED = "refused", "Not possible"
        CHECKED = "checked", "Waits for confirmation"
        IMPORTING = "importing", "Being imported"
        DONE = "done", "Imported"
        LAPSED = "lapsed", "Not confirmed within a day"

    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=10, choices=State, default=State.CHECKING)
    file = models.FileField(upload_to="imports/", blank=True)
    file_name = models.CharField("file", max_length=200)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    tries = models.PositiveSmallIntegerField(default=0, help_text="How often a worker began with this step.")

    lines = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list, help_text="One sentence for each.")
    preview = models.JSONField(default=dict, help_text="`headers`, and `rows` of what would be new or changed.")

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=models.Q(state__in=["checking", "checked", "importing"]),
                name="imports_not_finished",
            )
        ]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.get_kind_display().lower()})"

    @property
    def is_at_work(self) -> bool:
        return self.state in AT_WORK


AT_WORK = (ImportJob.State.CHECKING, ImportJob.State.IMPORTING)
