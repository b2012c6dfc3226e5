"""Which grant fits? Three questions, one answer, and the comparison it rests on.

https://developers.docusign.com/platform/auth/choose/
"""

from __future__ import annotations

from dataclasses import dataclass

from esign.docusign.login.grants import IMPLICIT_REFUSED


@dataclass(frozen=True)
class Situation:
    """The answers to the three questions."""

    person_present: bool  # signs in with their own Docusign login, at least the first time
    keeps_secret: bool  # runs on a server, not in a browser or on a phone
    own_account: bool  # the person's own account sends, not the company's


@dataclass(frozen=True)
class Advice:
    grant: str  # a column of COMPARISON, or empty when nothing fits
    why: str
    settings: tuple[str, ...] = ()


JWT, CONFIDENTIAL, PUBLIC, IMPLICIT = "JWT", "Confidential authorization code", "Public authorization code", "Implicit"
COLUMNS = (CONFIDENTIAL, PUBLIC, JWT, IMPLICIT)

# (what is compared, one cell for each of COLUMNS)
COMPARISON: tuple[tuple[str, tuple[str, str, str, str]], ...] = (
    (
        "Meant for",
        (
            "Web applications with a server, whose users have Docusign logins",
            "Single-page and mobile applications, whose users have Docusign logins",
            "One system to another: one system account is impersonated, unattended",
            "Older applications that live in a browser",
        ),
    ),
    ("A person is present", ("For the first sign-in", "For the first sign-in", "No", "Yes")),
    ("What is kept secret", ("A client secret, on the server", "Nothing", "A private key that signs", "Nothing")),
    (
        "Security",
        (
            "Very good, better still with PKCE",
            "Very good (PKCE)",
            "Good, with care for the key and the consent",
            "Weak: the token stands in the address; advised against",
        ),
    ),
    (
        "Tokens",
        (
            "Access for 8 hours, and a refresh token",
            "Access for 8 hours, and a refresh token",
            "Access for an hour, no refresh: a new JWT each time",
            "Access only",
        ),
    ),
    ("Consent", ("By each user", "By each user", "Beforehand, by an administrator or each user", "By each user")),
    ("Effort", ("Moderate", "Moderate", "Moderate to high: keys and assertions", "Low")),
    (
        "For a whole organisation by Docusign Admin",
        ("Not applicable", "Not applicable", "Yes, for a whole domain", "Not applicable"),
    ),
)

JWT_SETTINGS = (
    "DOCUSIGN_INTEGRATION_KEY=",
    "DOCUSIGN_USER_ID=",
    "DOCUSIGN_ACCOUNT_ID=",
    "DOCUSIGN_PRIVATE_KEY_FILE=",
)
CONFIDENTIAL_SETTINGS = ("DOCUSIGN_STAFF_GRANT=confidential", "DOCUSIGN_INTEGRATION_KEY=", "DOCUSIGN_SECRET_KEY=")
PUBLIC_SETTINGS = ("DOCUSIGN_STAFF_GRANT=public", "DOCUSIGN_PUBLIC_INTEGRATION_KEY=")
IMPLICIT_REASON = IMPLICIT_REFUSED


def recommend(situation: Situation) -> Advice:
    """The grant for this situation, why, and what to set for it."""
    if situation.own_account:
        return _own_account(situation)
    if situation.keeps_secret:
        return Advice(
            JWT,
            "The company's account sends, and no one has to be there: one system user is impersonated, and its private "
            "key stays on the server. This is how leases are sent here.",
            JWT_SETTINGS,
        )
    return Advice(
        "",
        "Nothing fits: to send from the company's account, something of the company's has to be kept secret, and a "
        "browser or a phone cannot do that. Let a server send, by the JWT grant.",
    )


def _own_account(situation: Situation) -> Advice:
    if situation.person_present and not situation.keeps_secret:
        return Advice(
            PUBLIC,
            "The person signs in with their own login, and PKCE proves that who redeems the code is who asked for it. "
            "No secret is needed.",
            PUBLIC_SETTINGS,
        )
    if situation.person_present:
        return Advice(
            CONFIDENTIAL,
            "The person signs in with their own login, and the server proves itself by its secret. PKCE is put on top.",
            CONFIDENTIAL_SETTINGS,
        )
    if situation.keeps_secret:
        return Advice(
            CONFIDENTIAL,
            "The person signs in once; from then on the server renews their permission (scope “extended”) and sends "
            "for them while they are away.",
            (*CONFIDENTIAL_SETTINGS, "DOCUSIGN_STAY_CONNECTED=true"),
        )
    return Advice(
        "",
        "Nothing fits: to send for a person who is away, their permission has to be kept secret, and a browser or a "
        "phone cannot do that. Let a server send, or have the person sign in each time (public grant).",
    )
