"""Power forms: a page where anyone fills in who the roles of a template are, and an envelope is made of it.

https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/powerforms/
"""

from __future__ import annotations

from datetime import timedelta

from docusign_emulator import templates
from docusign_emulator.envelopes import create as creating
from docusign_emulator.envelopes import people
from docusign_emulator.envelopes.model import RECIPIENT_KINDS, Envelope, Recipient
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError, invalid_parameter, no_such_resource
from docusign_emulator.protocol.formats import Json
from docusign_emulator.storage.store import Store

KIND = "power_form"
_UNITS = {"minutes": 60, "hours": 3600, "days": 86400, "weeks": 604800, "months": 2592000}


class NotOffered(Exception):
    """The form cannot be used now; the message says why, for the visitor."""


def offered(store: Store, form_id: str) -> Json:
    """The form as its page shows it: name, instructions, and the people to be named. Raises NotOffered."""
    form = _usable(store, form_id)
    return {
        "name": form["name"],
        "instructions": form.get("instructions", ""),
        "people": [
            {
                "role": one["roleName"],
                "name": one.get("name", ""),
                "email": one.get("email", ""),
                "nameLocked": formats.truth(one.get("userNameLocked")),
                "emailLocked": formats.truth(one.get("emailLocked")),
                "isFirst": place == 0,
            }
            for place, one in enumerate(form["recipients"])
        ],
    }


def use(store: Store, form_id: str, given: dict[str, str]) -> tuple[Envelope, Recipient]:
    """Make and send the envelope. `given`: name and address by `name 0`, `email 0` and so on.

    Answers the envelope and who is first. Raises NotOffered, and ApiError for a person who cannot be reached.
    """
    form = _usable(store, form_id)
    roles = [_role(place, one, given) for place, one in enumerate(form["recipients"])]
    definition: Json = {"templateId": form["templateId"], "templateRoles": roles, "status": "sent"}
    definition |= {key: form[key] for key in ("emailSubject",) if form.get(key)}
    if form.get("emailBody"):
        definition["emailBlurb"] = form["emailBody"]
    by = store.user(form["senderUserId"]) or store.account.sender
    envelope = creating.create(store, by, definition | {"powerFormId": form["powerFormId"]}, {})
    form |= {"timesUsed": str(int(form["timesUsed"]) + 1), "lastUsed": store.now()}
    if formats.truth(form.get("maxUseEnabled")):
        form["usesRemaining"] = str(max(0, int(form["usesRemaining"]) - 1))
    store.keep(KIND, form["powerFormId"], form)
    store.add_line("power_form_use", {"powerFormId": form["powerFormId"]}, envelope_id=envelope.id)
    return envelope, min(envelope.recipients, key=lambda one: one.order)


def signs_at_once(store: Store, form_id: str) -> bool:
    """Whether the first person signs on the spot; otherwise they are sent a mail."""
    return bool(_usable(store, form_id)["signingMode"] == "direct")


def envelopes_of(store: Store, form_id: str) -> list[str]:
    """Ids of the envelopes made with the form."""
    rows = store.sql("SELECT envelope_id, doc FROM lines WHERE kind = 'power_form_use' ORDER BY id")
    return [row["envelope_id"] for row in rows if form_id in row["doc"]]


def _usable(store: Store, form_id: str) -> Json:
    form = store.record(KIND, form_id.lower())
    if form is None:
        raise NotOffered("There is no such form.")
    if not formats.truth(form["isActive"]) or templates.load(store, form["templateId"]) is None:
        raise NotOffered("This form is not in use any more.")
    if formats.truth(form.get("maxUseEnabled")) and int(form["usesRemaining"]) < 1:
        raise NotOffered("This form was used as often as its owner allows.")
    if formats.truth(form.get("limitUseIntervalEnabled")) and form.get("lastUsed"):
        seconds = int(form["limitUseInterval"]) * _UNITS[form["limitUseIntervalUnits"]]
        if form["lastUsed"] > formats.stamp(store.clock.now() - timedelta(seconds=seconds)):
            raise NotOffered("This form was used a moment ago. Please come back later.")
    return form


def checked(store: Store, form: Json) -> Json:
    """The form as it is kept. Raises ApiError for what cannot be."""
    template = templates.load(store, formats.text(form.get("templateId")))
    if template is None:
        raise no_such_resource("template")
    if not form.get("name"):
        raise invalid_parameter("name is missing.")
    if form["signingMode"] not in ("email", "direct"):
        raise invalid_parameter("signingMode is email or direct.")
    if formats.text(form.get("limitUseIntervalUnits") or "days") not in _UNITS:
        raise invalid_parameter(f"limitUseIntervalUnits is one of {', '.join(_UNITS)}.")
    for key in ("limitUseInterval", "usesRemaining", "timesUsed"):
        if not formats.text(form.get(key) or "0").isdecimal():
            raise invalid_parameter(f"{key} is not a number.")
    roles = sorted(template.recipients, key=lambda one: one.order)
    known = {one.role for one in roles}
    given = formats.children(form, "recipients")
    if strange := [one for one in given if formats.text(one.get("roleName")) not in known]:
        raise invalid_parameter(f"The template has no role {formats.text(strange[0].get('roleName'))[:50]!r}.")
    return form | {"templateName": formats.text(template.extra["name"]), "recipients": given or _as_template(roles)}


def _as_template(roles: list[Recipient]) -> list[Json]:
    """The roles that are still empty."""
    return [
        {"roleName": one.role, "routingOrder": str(one.order), "recipientType": RECIPIENT_KINDS[one.kind]}
        for one in roles
        if one.role and not one.email
    ]


def _role(place: int, one: Json, given: dict[str, str]) -> Json:
    name, email = given.get(f"name {place}", "").strip(), given.get(f"email {place}", "").strip()
    if formats.truth(one.get("userNameLocked")) or not name:
        name = formats.text(one.get("name"))
    if formats.truth(one.get("emailLocked")) or not email:
        email = formats.text(one.get("email"))
    if not name or not people.valid_email(email):
        words = f"Please give a name and an e-mail address for {one['roleName']}."
        raise ApiError("INVALID_EMAIL_ADDRESS_FOR_RECIPIENT", words)
    return {"roleName": one["roleName"], "name": name, "email": email} | (
        {"accessCode": one["accessCode"]} if one.get("accessCode") else {}
    )
