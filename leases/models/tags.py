"""Words of the office's own, by which leases and properties are grouped."""

from django.db import models


class Tag(models.Model):
    """A word such as “student housing” that is put on leases and properties, and that campaigns choose by."""

    name = models.CharField(max_length=40, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
