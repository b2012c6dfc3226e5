"""Whose Docusign account we act for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class ConnectionManager(models.Manager["DocusignConnection"]):
    def default(self) -> DocusignConnection:
        """The connection that the environment's variables describe; made, or brought up to date, on first use."""
        described = {
            "environment": settings.DOCUSIGN_ENVIRONMENT,
            "oauth_base": settings.DOCUSIGN_OAUTH_BASE,
            "integration_key": settings.DOCUSIGN_INTEGRATION_KEY,
            "user_id": settings.DOCUSIGN_USER_ID,
            "configured_account_id": settings.DOCUSIGN_ACCOUNT_ID,
        }
        connection, _ = self.get_or_create(slug="default", defaults={"name": settings.COMPANY_NAME, **described})
        stale = {name: value for name, value in described.items() if getattr(connection, name) != value}
        if stale:
            # Another environment is another account: what we learnt about the old one no longer holds.
            self.filter(pk=connection.pk).update(
                **stale,
                account_id="",
                account_name="",
                base_uri="",
                last_error="",
                paused_until=None,
                paused_because="",
            )
            connection.refresh_from_db()
        return connection


class DocusignConnection(models.Model):
    """One Docusign account and the system user we impersonate there by the JWT grant.

    Keys and tokens are never stored here: the RSA key stays in a file or variable, tokens live encrypted
    in the shared cache.
    """

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    environment = models.CharField(
        max_length=12, choices=[("emulator", "Emulator"), ("demo", "Developer (demo)"), ("production", "Production")]
    )
    oauth_base = models.URLField(help_text="Scheme and host of Docusign's sign-in service.")
    integration_key = models.CharField(max_length=64, blank=True)
    user_id = models.CharField("user id", max_length=64, blank=True, help_text="The user we act as (a GUID).")
    configured_account_id = models.CharField(max_length=64, blank=True, help_text="Empty: the user's default account.")
    account_id = models.CharField(max_length=64, blank=True, editable=False)
    account_name = models.CharField(max_length=200, blank=True, editable=False)
    base_uri = models.CharField(max_length=200, blank=True, editable=False)
    identified_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_ok_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_error = models.TextField(blank=True, editable=False)
    last_error_at = models.DateTimeField(null=True, blank=True, editable=False)
    paused_until = models.DateTimeField(null=True, blank=True, editable=False)
    paused_because = models.TextField(blank=True, editable=False)

    objects: ClassVar[ConnectionManager] = ConnectionManager()

    class Meta:
        verbose_name = "Docusign connection"

    def __str__(self) -> str:
        return f"{self.name} ({self.get_environment_display()})"

    @property
    def api_base(self) -> str:
        """Where the eSignature REST API of this account is served, as the SDK wants it."""
        return f"{self.base_uri}/restapi"

    @property
    def oauth_host(self) -> str:
        """The bare host: the JWT's audience."""
        return self.oauth_base.split("://", 1)[-1]

    def identify(self, *, account_id: str, account_name: str, base_uri: str) -> None:
        """Remember what the user info call told about the account."""
        self.account_id, self.account_name, self.base_uri = account_id, account_name, base_uri.rstrip("/")
        self.identified_at = timezone.now()
        self.save(update_fields=["account_id", "account_name", "base_uri", "identified_at"])

    def pause(self, because: str, *, wait: timedelta) -> datetime:
        """Nobody sends through this connection until then; the rows wait where they are."""
        now = timezone.now()
        self.paused_until, self.paused_because = now + wait, because
        self.last_error, self.last_error_at = because, now
        self.save(update_fields=["paused_until", "paused_because", "last_error", "last_error_at"])
        return self.paused_until

    def works(self) -> None:
        """A call went through: whatever was wrong is over."""
        if self.paused_until or self.last_error or not self.last_ok_at:
            self.paused_until, self.paused_because, self.last_error, self.last_ok_at = None, "", "", timezone.now()
            self.save(update_fields=["paused_until", "paused_because", "last_error", "last_ok_at"])
