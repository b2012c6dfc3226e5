"""Queue our own mails. A mail is a row first, so the same mail queued twice is sent once."""

from __future__ import annotations

from collections.abc import Sequence

from esign.models import Envelope, MailKind, OutgoingMail, Signer


def queue_mail(
    envelope: Envelope, kind: MailKind, signer: Signer, *, once: str = "", to: str = "", keeps_hours: bool = False
) -> None:
    """Queue one mail. The same (envelope, kind, signer, `once`) is queued only once.

    `to` is an address other than the signer's own: a mail to it carries no link. `keeps_hours`: no person has just
    asked for it, so it waits for the sending hours of its envelope.
    """
    queue_mails(envelope, kind, [signer], once=once, to=to, keeps_hours=keeps_hours)


def queue_mails(
    envelope: Envelope,
    kind: MailKind,
    signers: Sequence[Signer],
    *,
    once: str = "",
    to: str = "",
    keeps_hours: bool = False,
) -> None:
    """Queue one mail to each signer, in one statement."""
    OutgoingMail.objects.bulk_create(
        [
            OutgoingMail(
                key=":".join(filter(None, (kind, str(envelope.pk), signer.key, once))),
                kind=kind,
                envelope=envelope,
                signer=signer,
                to=to,
                keeps_hours=keeps_hours,
            )
            for signer in signers
        ],
        ignore_conflicts=True,
    )
