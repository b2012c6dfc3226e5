"""What Docusign has not documented, both ways: each switch is one open question of the vendor's behaviour.

`PUT /_emulator/api/switches {"limit_status": 429}` turns one; `FIDELITY.md` names the question behind each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Switch:
    name: str
    default: Any
    allowed: tuple[Any, ...] | type
    question: str


SWITCHES = {
    switch.name: switch
    for switch in (
        Switch(
            "duplicate_transaction", "allow", ("allow", "reject"), "Is a second create with one transactionId refused?"
        ),
        Switch(
            "transaction_statuses",
            True,
            bool,
            "Does a look-up by transactionId list drafts whatever its status filter?",
        ),
        Switch("limit_status", 400, (400, 429), "HTTP status of the hourly and burst limits"),
        Switch("limit_retry_after", False, bool, "Does a limit answer carry Retry-After?"),
        Switch("burst_window", "sliding", ("sliding", "fixed"), "Does the 30 s burst window slide?"),
        Switch(
            "connect_retry",
            "daily",
            ("daily", "backoff"),
            "Retries once a day x10, or from 15 s backing off for 7 days",
        ),
        Switch(
            "connect_pending_while_down",
            True,
            bool,
            "Does a failing configuration queue its later messages as Pending?",
        ),
        Switch(
            "connect_disable_after_days",
            14,
            int,
            "Days of failure after which a configuration is switched off (0: never)",
        ),
        Switch("connect_delay_seconds", 0.0, float, "Seconds between an event and its message"),
        Switch("connect_https_only", False, bool, "Refuse webhook URLs that are not https"),
        Switch("search_lag_seconds", 0.0, float, "Seconds until the list call sees a new or changed envelope"),
        Switch("repeated_send", "refuse", ("refuse", "ignore", "mail_again"), "PUT status=sent on a sent envelope"),
        Switch(
            "delivered_when",
            "all_recipients",
            ("all_recipients", "reached_recipients"),
            "Is an envelope delivered when all have viewed, or all reached so far (falling back to sent later)?",
        ),
        Switch("recipient_success_details", True, bool, "Do successful recipient updates carry errorDetails SUCCESS?"),
        Switch(
            "old_sender_view", "reject", ("reject", "accept"), "Is the returnUrl-only sender view body still taken?"
        ),
        Switch("certificate_listed", True, bool, "Is the certificate listed among the documents?"),
        Switch(
            "refresh_without_extended",
            "allow",
            ("allow", "refuse"),
            "Is a refresh token given without the extended scope?",
        ),
        Switch(
            "longest_assertion_seconds",
            4000,
            int,
            "Longest life of a JWT assertion: documented as an hour, but the vendor's own examples ask for 4,000 s",
        ),
        Switch(
            "oauth_time",
            "real",
            ("real", "virtual"),
            "By which clock do tokens live? No question about Docusign: for clients that move their own clock",
        ),
        Switch("public_client_refresh", True, bool, "Does a public client get a refresh token?"),
        Switch("authorization_code_seconds", 120, int, "Life of an authorization code"),
        Switch(
            "redirect_uris", "loopback", ("loopback", "registered"), "Are loopback redirect URIs taken unregistered?"
        ),
        Switch("free_form_signing", True, bool, "May a signer without tabs sign, or is sending refused?"),
        Switch("purge_completed_only", False, bool, "May only completed envelopes be purged?"),
        Switch(
            "renamed_signer_breaks_view",
            False,
            bool,
            "Does a name changed while signing break later views by the old name?",
        ),
        Switch(
            "oauth_revoke",
            "absent",
            ("absent", "revokes"),
            "Is there an /oauth/revoke? Docusign lists none, yet integrations call it",
        ),
        Switch("oauth_error_status", 400, (400, 401), "HTTP status of a refused grant"),
        Switch(
            "oauth_error_words",
            "told",
            ("told", "bare"),
            "Does a refused grant say why (error_description) beyond the two reasons that are known?",
        ),
        Switch(
            "userinfo_hourly_limit", 0, int, "Calls of /oauth/userinfo an hour for one user and key (0: any number)"
        ),
        Switch("not_found_status", 404, (404, 400), "HTTP status when the envelope, document or resource is not there"),
        Switch("rights_status", 401, (401, 403, 400), "HTTP status when the user is no administrator"),
        Switch(
            "unsure_error_codes",
            "named",
            ("named", "unspecified"),
            "Do the error codes no source of Docusign's names exist, or is it UNSPECIFIED_ERROR?",
        ),
        Switch("void_reason_length", 200, int, "Longest voidedReason (0: any length)"),
        Switch("view_when_delivered", True, bool, "Is there a recipient view of an envelope that is delivered?"),
        Switch("recipient_signing_uri", True, bool, "Does a create with recipientViewRequest answer a signing URI?"),
        Switch(
            "correct_returns_to", "before", ("before", "sent"), "Status after a correction: as before it, or sent again"
        ),
        Switch(
            "unreached_status",
            "created",
            ("created", "sent"),
            "Status of recipients whose routing order has not come, in an envelope that was sent",
        ),
        Switch(
            "sender_view_events",
            "capitalised",
            ("capitalised", "lower_case"),
            "How the sender's views write their event: Send, Save, Cancel or send, save, cancel",
        ),
        Switch(
            "audit_field_names",
            "mixed",
            ("mixed", "camel_case"),
            "How audit events name their fields: Action, UserName or action, userName",
        ),
        Switch("list_needs_to_date", False, bool, "Does the list call need to_date beside from_date?"),
        Switch(
            "template_subject_overflow",
            "cut",
            ("cut", "refuse"),
            "Is a template's subject that its merge fields make longer than 100 characters cut?",
        ),
        Switch("hmac_keys_most", 100, int, "HMAC keys an account may have"),
        Switch("phone_code_tries", 3, int, "How often may a code sent to a phone be wrong?"),
        Switch(
            "authentication_trigger",
            "every_time",
            ("every_time", "first_time"),
            "Is a recipient asked to prove something each time they open it, or until passed (an account setting)?",
        ),
        Switch(
            "reassigned_recipient_id",
            "new_signer",
            ("new_signer", "leaver"),
            "Who keeps the recipientId when a signer hands over: the new signer, or the leaver, then a carbon copy?",
        ),
        Switch(
            "reassigned_phone_check",
            "dropped",
            ("dropped", "with_new_number"),
            "Does a phone check fall away when a signer hands over, or is the new signer's number asked for?",
        ),
        Switch(
            "no_token_code",
            "PARTNER_AUTHENTICATION_FAILED",
            ("PARTNER_AUTHENTICATION_FAILED", "USER_AUTHENTICATION_FAILED"),
            "The code for a request without an Authorization header",
        ),
        Switch(
            "scope_missing",
            "refuse",
            ("refuse", "accept"),
            "Is a token without the signature scope refused by the eSignature API?",
        ),
        Switch(
            "resend_of_final",
            "edit_lock",
            ("edit_lock", "invalid_status"),
            "Is resending a completed envelope refused as EDIT_LOCK_INVALID_STATE_FOR_LOCK, or by its status?",
        ),
        Switch(
            "bounced_correction_goes_to",
            "old_address",
            ("old_address", "new_address"),
            "Where does resend_envelope write when the same call corrects a bounced signer? Reported: the old one",
        ),
        Switch("view_of_voided", "refuse", ("refuse", "accept"), "Is a recipient view of a voided envelope refused?"),
        Switch("odd_document_id", "refuse", ("refuse", "accept"), "Is a documentId that is no number refused?"),
        Switch(
            "odd_envelope_id",
            "invalid_parameter",
            ("invalid_parameter", "not_found"),
            "Is an envelopeId that is no GUID an invalid parameter, or an envelope that is not there?",
        ),
        Switch("empty_body", "refuse", ("refuse", "accept"), "Is a POST refused that needs a body and has none?"),
        Switch(
            "other_content_type",
            "refuse",
            ("refuse", "accept"),
            "Is JSON refused that comes as another type, such as text/plain?",
        ),
        Switch("document_throttle", False, bool, "Are downloads of one unfinished document limited?"),
        Switch("envelope_polling_limit", False, bool, "Are GETs and PUTs of one envelope limited?"),
        Switch("bulk_per_second", 50.0, float, "Envelopes a second the bulk queue sends"),
        Switch("pkce_required", False, bool, "Is the confidential key set to require PKCE?"),
        Switch("implicit_allowed", False, bool, "Is the confidential key set up for the implicit grant?"),
        Switch("same_bytes_limit", False, bool, "Is the limit of 70 uploads in progress of identical bytes enforced?"),
    )
}


class Switches:
    """The current setting of every switch."""

    def __init__(self, changed: dict[str, Any] | None = None) -> None:
        self._changed: dict[str, Any] = {k: v for k, v in (changed or {}).items() if k in SWITCHES}

    def __getitem__(self, name: str) -> Any:
        return self._changed.get(name, SWITCHES[name].default)

    def turn(self, wanted: dict[str, Any]) -> None:
        """Set some switches. Raises ValueError naming the switch and what it takes; then none is set."""
        self._changed |= {name: _checked(name, value) for name, value in wanted.items()}

    def restore(self, changed: dict[str, Any]) -> None:
        """Back to what `changed` told before."""
        self._changed = dict(changed)

    def changed(self) -> dict[str, Any]:
        return dict(self._changed)

    def all(self) -> dict[str, Any]:
        return {name: self[name] for name in SWITCHES}

    def described(self) -> list[dict[str, Any]]:
        return [
            {
                "name": switch.name,
                "value": self[switch.name],
                "default": switch.default,
                "allowed": list(switch.allowed) if isinstance(switch.allowed, tuple) else switch.allowed.__name__,
                "question": switch.question,
            }
            for switch in SWITCHES.values()
        ]


def _checked(name: str, value: Any) -> Any:
    switch = SWITCHES.get(name)
    if switch is None:
        raise ValueError(f"There is no switch {name}; there are {', '.join(sorted(SWITCHES))}.")
    allowed = switch.allowed
    if isinstance(allowed, tuple):
        if value not in allowed or isinstance(value, bool):
            raise ValueError(f"{name} takes {' or '.join(map(str, allowed))}, not {value!r}.")
        return value
    if allowed is bool:
        if not isinstance(value, bool):
            raise ValueError(f"{name} takes true or false, not {value!r}.")
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError(f"{name} takes a number that is not negative, not {value!r}.")
    return allowed(value)
