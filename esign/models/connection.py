"""Whose Docusign account we act for, and how we sign in there."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

if TYPE_CHECKING:
    from leases.models import Lease, Owner

DEFAULT = "default"
# Where a real account signs in is not for anybody to choose: secrets go there.
OAUTH_BASES = {"demo": "https://account-d.docusign.com", "production": "https://account.docusign.com"}
LOOPBACK = {"127.0.0.1", "localhost", "::1"}

# What we have learnt about an account, and what it has to be set to when the account is another one.
UNLEARNT = {
    "account_id": "",
    "account_name": "",
    "base_uri": "",
    "user_name": "",
    "user_email": "",
    "identified_at": None,
    "token_until": None,
    "token_scopes": "",
    "key_fingerprint": "",
    "consent_missing": "",
    "last_error": "",
    "last_error_at": None,
    "paused_until": None,
    "paused_because": "",
    "cap_lifted_for": None,
    "cap_lifted_at": None,
    "cap_lifted_by": None,
}


class Grant(models.TextChoices):
    """How a connection comes by its tokens. Implicit is missing on purpose: docs/authentication.md says why."""

    JWT = "jwt", "JWT grant (a system user, no one present)"
    CONFIDENTIAL = "confidential", "Authorization code grant with secret and PKCE (a person's own account)"
    PUBLIC = "public", "Authorization code grant with PKCE, no secret (a person's own account)"


class ConnectionManager(models.Manager["DocusignConnection"]):
    def default(self) -> DocusignConnection:
        """The connection that the environment's variables describe; made, or brought up to date, on first use."""
        return self._as_described(self.filter(slug=DEFAULT).first())

    def _as_described(self, connection: DocusignConnection | None) -> DocusignConnection:
        described = {
            "environment": settings.DOCUSIGN_ENVIRONMENT,
            "oauth_base": settings.DOCUSIGN_OAUTH_BASE,
            "integration_key": settings.DOCUSIGN_INTEGRATION_KEY,
            "user_id": settings.DOCUSIGN_USER_ID,
            "configured_account_id": settings.DOCUSIGN_ACCOUNT_ID,
        }
        if connection is None:
            connection, _ = self.get_or_create(slug=DEFAULT, defaults={"name": settings.COMPANY_NAME, **described})
        stale = {name: value for name, value in described.items() if getattr(connection, name) != value}
        if stale:
            # Another environment is another account: what we learnt about the old one no longer holds.
            self.filter(pk=connection.pk).update(**stale, **UNLEARNT)
            connection.refresh_from_db()
        return connection

    def for_lease(self, lease: Lease, *, sent_by: User | None = None) -> DocusignConnection:
        """Through which account this lease is signed.

        An owner with an account of their own signs through it, no matter who sends. Else a member of staff who has
        connected their own account, and wants to, sends as themselves; else the default account sends.
        """
        of_owner = OwnerConnection.objects.filter(owner=lease.unit.property.owner_id)
        either = self.filter(Q(pk__in=of_owner.values("connection")) | Q(slug=DEFAULT))
        is_owners = Exists(of_owner.filter(connection=OuterRef("pk")))
        found = {connection.is_owners: connection for connection in either.annotate(is_owners=is_owners)}
        if True in found:
            return found[True]
        of_sender = self.of_staff(sent_by) if sent_by is not None else None
        return of_sender or self._as_described(found.get(False))

    def of_staff(self, user: User) -> DocusignConnection | None:
        """The account this person has connected and sends from; None when they send as the company."""
        return self.filter(
            staff_account__user=user, staff_account__send_as_me=True, disconnected_at__isnull=True
        ).first()

    def connected(self) -> models.QuerySet[DocusignConnection]:
        """Those that Docusign can be asked through; a person's account drops out when they disconnect it."""
        return self.filter(disconnected_at__isnull=True)


class DocusignConnection(models.Model):
    """One Docusign account and the user we act as there.

    Keys and tokens are never stored here: RSA keys and secrets stay in files and variables, access tokens live
    encrypted in the shared cache. (Refresh tokens of staff's own accounts: `StaffAccount`, encrypted.)
    """

    slug = models.SlugField(
        "short name",
        unique=True,
        help_text="Names this connection's variables: “harbor” reads DOCUSIGN_HARBOR_PRIVATE_KEY_FILE.",
    )
    name = models.CharField(max_length=120)
    grant = models.CharField("how it signs in", max_length=12, choices=Grant, default=Grant.JWT)
    environment = models.CharField(
        max_length=12, choices=[("emulator", "Emulator"), ("demo", "Developer (demo)"), ("production", "Production")]
    )
    oauth_base = models.URLField("sign-in service", help_text="Scheme and host of Docusign's sign-in service.")
    integration_key = models.CharField(max_length=64, blank=True)
    user_id = models.CharField("user id", max_length=64, blank=True, help_text="The user we act as (a GUID).")
    configured_account_id = models.CharField(
        "account id", max_length=64, blank=True, help_text="Empty: the user's default account."
    )
    owners: models.ManyToManyField[Owner, OwnerConnection] = models.ManyToManyField(
        "leases.Owner", through="OwnerConnection", related_name="docusign_connections", blank=True
    )
    monthly_envelopes = models.PositiveIntegerField(
        "envelopes in a month",
        null=True,
        blank=True,
        help_text="How many the account's plan allows. Empty: as DOCUSIGN_MONTHLY_ENVELOPES says. 0: no cap.",
    )
    cap_lifted_for = models.DateField(null=True, blank=True, editable=False, help_text="The first day of that month.")
    cap_lifted_at = models.DateTimeField(null=True, blank=True, editable=False)
    cap_lifted_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    disconnected_at = models.DateTimeField(null=True, blank=True, editable=False)
    disconnected_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    # What Docusign told us.
    account_id = models.CharField(max_length=64, blank=True, editable=False)
    account_name = models.CharField(max_length=200, blank=True, editable=False)
    base_uri = models.CharField(max_length=200, blank=True, editable=False)
    user_name = models.CharField(max_length=200, blank=True, editable=False)
    user_email = models.CharField(max_length=254, blank=True, editable=False)
    identified_at = models.DateTimeField(null=True, blank=True, editable=False)
    token_until = models.DateTimeField(null=True, blank=True, editable=False)
    token_scopes = models.CharField(max_length=300, blank=True, editable=False)
    key_fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    consent_missing = models.CharField(max_length=300, blank=True, editable=False)
    last_ok_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_error = models.TextField(blank=True, editable=False)
    last_error_at = models.DateTimeField(null=True, blank=True, editable=False)
    paused_until = models.DateTimeField(null=True, blank=True, editable=False)
    paused_because = models.TextField(blank=True, editable=False)

    objects: ClassVar[ConnectionManager] = ConnectionManager()

    class Meta:
        verbose_name = "Docusign connection"
        permissions = [("lift_monthly_cap", "Can lift the monthly cap of envelopes")]

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

    @property
    def environment_tone(self) -> str:
        """The colour of its badge: production is not a rehearsal."""
        return "good" if self.environment == "production" else "waiting"

    @property
    def is_default(self) -> bool:
        return self.slug == DEFAULT

    @property
    def is_personal(self) -> bool:
        """Somebody's own account, signed in to by that person."""
        return self.grant != Grant.JWT

    @property
    def is_paused(self) -> bool:
        return self.paused_until is not None and self.paused_until > timezone.now()

    def objection(self) -> str:
        """Why no secret may be sent to this connection's sign-in service; empty when it may."""
        if self.environment != settings.DOCUSIGN_ENVIRONMENT:
            return (
                f"This connection was made for {self.get_environment_display()}, but the site now runs with "
                f"DOCUSIGN_ENVIRONMENT={settings.DOCUSIGN_ENVIRONMENT}. Make a connection for that environment."
            )
        expected = OAUTH_BASES.get(self.environment)
        if expected and self.oauth_base != expected:
            return f"This connection signs in at {self.oauth_host}, which is not Docusign's host {expected}."
        if not expected and urlsplit(self.oauth_base).hostname not in LOOPBACK:
            return f"The emulator is expected on this machine, not at {self.oauth_host or 'no host'}."
        return ""

    def clean(self) -> None:
        """For the admin's form: a connection belongs to the environment of the site."""
        if not self.environment:
            self.environment = settings.DOCUSIGN_ENVIRONMENT
        if not self.oauth_base:
            self.oauth_base = OAUTH_BASES.get(self.environment, settings.DOCUSIGN_OAUTH_BASE)
        if problem := self.objection():
            raise ValidationError(problem)

    def forget_account(self) -> None:
        """Another key, user or account id: what we learnt no longer holds."""
        type(self).objects.filter(pk=self.pk).update(**UNLEARNT)
        self.refresh_from_db()

    def identify(
        self, *, account_id: str, account_name: str, base_uri: str, user_name: str = "", user_email: str = ""
    ) -> None:
        """Remember what the user info call told about the user and the account."""
        self.account_id, self.account_name, self.base_uri = account_id, account_name, base_uri.rstrip("/")
        self.user_name, self.user_email = user_name[:200], user_email[:254]
        self.identified_at = timezone.now()
        self.save(update_fields=["account_id", "account_name", "base_uri", "user_name", "user_email", "identified_at"])

    def signed_in(self, *, until: datetime, scopes: str, fingerprint: str = "", consent_missing: str = "") -> None:
        """A token was given. The token itself is not kept here."""
        self.token_until, self.token_scopes = until, scopes[:300]
        self.key_fingerprint, self.consent_missing = fingerprint, consent_missing[:300]
        self.save(update_fields=["token_until", "token_scopes", "key_fingerprint", "consent_missing"])

    def lost_consent(self, scopes: str) -> None:
        """Docusign gave no token: these scopes were never allowed, or are not allowed any more."""
        self.consent_missing = scopes[:300]
        self.save(update_fields=["consent_missing"])

    def pause(self, because: str, *, wait: timedelta) -> datetime:
        """Nothing is sent through this connection until then; the rows wait where they are."""
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

    def switch_off(self, by: User | None) -> None:
        """Nothing goes through this connection until somebody connects it again; what is waiting waits."""
        self.disconnected_at, self.disconnected_by, self.token_until = timezone.now(), by, None
        self.save(update_fields=["disconnected_at", "disconnected_by", "token_until"])

    def switch_on(self) -> None:
        self.disconnected_at, self.disconnected_by = None, None
        self.paused_until, self.paused_because = None, ""
        self.save(update_fields=["disconnected_at", "disconnected_by", "paused_until", "paused_because"])


class OwnerConnection(models.Model):
    """An owner who signs through an account of their own. One owner, one account."""

    owner = models.OneToOneField("leases.Owner", on_delete=models.CASCADE, related_name="docusign_connection")
    connection = models.ForeignKey(DocusignConnection, on_delete=models.PROTECT, related_name="owner_links")

    class Meta:
        verbose_name = "owner who signs through it"
        verbose_name_plural = "owners who sign through it"

    def __str__(self) -> str:
        return f"{self.owner} signs through {self.connection.name}"
