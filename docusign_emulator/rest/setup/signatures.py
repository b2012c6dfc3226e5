"""Signatures that users have adopted, and those of the account: kept and told again.

The signing pages draw a signature in a hand's font or take a picture; they do not offer these.
https://developers.docusign.com/docs/esign-rest-api/reference/users/usersignatures/
"""

from __future__ import annotations

import uuid

from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import invalid_parameter, no_such_resource
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest import kept
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.paths import ACCOUNT, USER, Row
from docusign_emulator.rest.setup import pictures

_IMAGES = ("signature_image", "initials_image", "stamp_image")
_FIXED = ("signatureId", "errorDetails", "createdDateTime")


def _owner(call: Call) -> str:
    """Whose: the user whom the path names, or the account."""
    if "userId" not in call.params:
        call.administrator()
        return "account"
    user = call.store.user(call.params["userId"])
    if user is None:
        raise no_such_resource("user")
    if user.user_id != call.user.user_id:
        call.administrator()
    return user.user_id


def _key(call: Call) -> str:
    return "userSignatures" if "userId" in call.params else "accountSignatures"


def list_all(call: Call) -> Reply:
    owner = _owner(call)
    found = [one for one in call.store.records("signature") if one["owner"] == owner]
    return Reply({_key(call): [_shown(call, one) for one in found]})


def create(call: Call) -> Reply:
    return Reply({_key(call): kept.each(call, _key(call), lambda facts: _made(call, facts))}, 201)


def update_many(call: Call) -> Reply:
    """PUT signatures: each is changed, or made when its id is not known."""
    return Reply({_key(call): kept.each(call, _key(call), lambda facts: _put(call, facts))})


def get(call: Call) -> Reply:
    return Reply(_shown(call, _named(call)))


def update(call: Call) -> Reply:
    return Reply(_changed(call, _named(call), call.json))


def delete(call: Call) -> Reply:
    call.store.drop("signature", _named(call)["facts"]["signatureId"])
    return Reply({})


def get_image(call: Call) -> Reply:
    return pictures.reply(call.store, "signature", _image(call))


def put_image(call: Call) -> Reply:
    pictures.keep(call, "signature", _image(call))
    return get(call)


def delete_image(call: Call) -> Reply:
    pictures.drop(call.store, "signature", _image(call))
    return get(call)


def _made(call: Call, facts: Json) -> Json:
    signature_id = str(uuid.uuid4())
    made: Json = {"signatureId": signature_id, "createdDateTime": call.store.now(), "status": "active"}
    made |= {"signatureName": kept.name(facts, "signatureName"), "signatureType": "RightToLeft"}
    known = {"owner": _owner(call), "facts": kept.over(made, facts, *_FIXED)}
    call.store.keep("signature", signature_id, known)
    return _shown(call, known)


def _put(call: Call, facts: Json) -> Json:
    known = call.store.record("signature", formats.text(facts.get("signatureId")))
    if known is None or known["owner"] != _owner(call):
        return _made(call, facts)
    return _changed(call, known, facts)


def _changed(call: Call, known: Json, facts: Json) -> Json:
    changed = known | {"facts": kept.over(known["facts"], facts, *_FIXED) | {"lastModifiedDateTime": call.store.now()}}
    call.store.keep("signature", known["facts"]["signatureId"], changed)
    return _shown(call, changed)


def _named(call: Call) -> Json:
    known = kept.one(call, "signature", "signatureId")
    if known["owner"] != _owner(call):
        raise no_such_resource("signature")
    return known


def _image(call: Call) -> str:
    known, kind = _named(call), call.params["imageType"].lower()
    if kind not in _IMAGES:
        raise invalid_parameter(f"imageType is one of {', '.join(_IMAGES)}.")
    return f"{known['facts']['signatureId']} {kind}"


def _shown(call: Call, known: Json) -> Json:
    facts: Json = known["facts"]
    base = "" if known["owner"] == "account" else f"/users/{known['owner']}"
    place = f"{base}/signatures/{facts['signatureId']}"
    names = {
        "signature_image": "signatureImageUri",
        "initials_image": "initialsImageUri",
        "stamp_image": "stampImageUri",
    }
    there = [kind for kind in _IMAGES if pictures.there(call.store, "signature", f"{facts['signatureId']} {kind}")]
    return facts | {names[kind]: f"{place}/{kind}" for kind in there}


def _rows(base: str, whose: str) -> list[Row]:
    one, image = base + "/signatures/{signatureId}", base + "/signatures/{signatureId}/{imageType}"
    return [
        ("GET", f"{base}/signatures", f"list{whose}Signatures", list_all),
        ("POST", f"{base}/signatures", f"create{whose}Signatures", create),
        ("PUT", f"{base}/signatures", f"update{whose}Signatures", update_many),
        ("GET", one, f"get{whose}Signature", get),
        ("PUT", one, f"update{whose}Signature", update),
        ("DELETE", one, f"delete{whose}Signature", delete),
        ("GET", image, f"get{whose}SignatureImage", get_image),
        ("PUT", image, f"update{whose}SignatureImage", put_image),
        ("DELETE", image, f"delete{whose}SignatureImage", delete_image),
    ]


ROWS: list[Row] = [*_rows(USER, "User"), *_rows(ACCOUNT, "Account")]
