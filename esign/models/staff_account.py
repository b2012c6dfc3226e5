"""Docusign accounts of our staff, for those who send as themselves."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import models
from django.utils import timezone

from esign.models.connection import DocusignConnection
from esign.models.jobs import Claimable

REFRESH_LIFE = timedelta(days=30)
CLAIM = timedelta(seconds=60)


class StaffAccount(Claimable):
    """One person's permission to send from their own Docusign account.

    The refresh token is stored encrypted and changes with every use. Two workers that used one token at once
    could leave the later answer unusable, so a worker claims the row first. The claim is a conditional UPDATE
    like the envelope's, because Docusign is asked in between and no transaction may be open then.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="docusign_account")
    connection = models.OneToOneField(DocusignConnection, on_delete=models.CASCADE, related_name="staff_account")
    send_as_me = models.BooleanField(
        "send as me", default=True, help_text="Leases that I send go out from my own Docusign account."
    )
    refresh_sealed = models.TextField(blank=True, editable=False)
    scopes = models.CharField(max_length=300, blank=True, editable=False)
    authorized_at = models.DateTimeField(null=True, blank=True, editable=False)
    refreshed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "staff member's own account"

    def __str__(self) -> str:
        return f"{self.user} at {self.connection}"

    @property
    def is_extended(self) -> bool:
        """Each use of the refresh token gives it another 30 days."""
        return "extended" in self.scopes.split()

    @property
    def good_until(self) -> datetime | None:
        """When Docusign stops taking the refresh token, as far as its documentation tells. None: there is none."""
        started = self.refreshed_at if self.is_extended else self.authorized_at
        return started + REFRESH_LIFE if self.refresh_sealed and started else None

    def authorize(self, refresh_sealed: str, scopes: str) -> None:
        """The person has allowed it, just now. An earlier permission, and any claim on it, is void."""
        now = timezone.now()
        self.refresh_sealed, self.scopes = refresh_sealed, scopes[:300]
        self.authorized_at = self.refreshed_at = now
        self.claim_token = self.claim_until = None
        self.save()

    def claim(self) -> uuid.UUID | None:
        """The right to use the refresh token now, and its newest value on this row. None: another has it."""
        token = self.take(StaffAccount.objects.filter(pk=self.pk).exclude(refresh_sealed=""), CLAIM)
        self.refresh_from_db()
        return token

    def rotate(self, claim: uuid.UUID, refresh_sealed: str) -> bool:
        """Write the new refresh token and give the claim back, in one statement. False: the claim was lost."""
        return self._write(claim, refresh_sealed=refresh_sealed, refreshed_at=timezone.now())

    def release(self, claim: uuid.UUID) -> bool:
        """Nothing came of it; the old refresh token stays."""
        return self._write(claim)

    def expire(self, claim: uuid.UUID) -> bool:
        """Docusign no longer takes the refresh token: only the person can connect again."""
        return self._write(claim, refresh_sealed="")

    def forget(self) -> None:
        """Disconnected: nothing is left that could be used."""
        StaffAccount.objects.filter(pk=self.pk).update(
            refresh_sealed="", scopes="", authorized_at=None, refreshed_at=None, claim_token=None, claim_until=None
        )
        self.refresh_from_db()

    def _write(self, claim: uuid.UUID, **changes: object) -> bool:
        written = self.give_back(self.pk, claim, **changes)
        self.refresh_from_db()
        return written
