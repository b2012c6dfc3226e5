"""Which owners and properties a part of the staff looks after."""

from django.conf import settings
from django.db import models

from leases.models.owners import Owner
from leases.models.places import Property


class Portfolio(models.Model):
    """Properties, and the staff who see them. Staff with the right to see every portfolio need none.

    What follows from it stands in `leases.visibility`.
    """

    name = models.CharField(max_length=100, unique=True)
    owners = models.ManyToManyField(
        Owner, related_name="portfolios", blank=True, help_text="All of their properties, later ones too."
    )
    properties = models.ManyToManyField(
        Property, related_name="portfolios", blank=True, help_text="Single properties of other owners."
    )
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        related_name="portfolios",
        blank=True,
        limit_choices_to={"is_staff": True},
        help_text="Staff who see these properties and what belongs to them.",
    )

    class Meta:
        ordering = ["name"]
        permissions = [("see_all_portfolio", "Can see the rows of every portfolio")]

    def __str__(self) -> str:
        return self.name
