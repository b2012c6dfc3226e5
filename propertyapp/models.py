"""Where staff are signed in, and the security keys they sign in with."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django_otp.models import Device


class StaffSession(models.Model):
    """One browser in which somebody of the staff is signed in. It ends with its row in Django's session table."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="staff_sessions")
    session_key = models.CharField(max_length=40, unique=True)
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    ip = models.GenericIPAddressField(null=True, blank=True)
    browser = models.CharField(max_length=200, blank=True, help_text="As it describes itself.")

    objects: ClassVar[models.Manager[StaffSession]] = models.Manager()

    class Meta:
        ordering = ["-seen_at"]
        indexes = [models.Index(fields=["user", "seen_at"], name="sessions_of_user")]

    def __str__(self) -> str:
        return f"{self.user} since {self.started_at:%Y-%m-%d %H:%M}"


class SecurityKey(Device):  # type: ignore[misc]  # django-otp has no types
    """A WebAuthn credential: a key on a chain, or what unlocks a phone or a computer. Only its public half is kept."""

    credential = models.BinaryField(help_text="Attested credential data: id and public key.")
    sign_count = models.PositiveBigIntegerField(
        default=0, help_text="Grows with each use, unless the key has no counter."
    )
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at"]
