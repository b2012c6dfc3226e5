"""Short lists an account has: favourite templates, archives for blind copies, providers of signatures and seals.

https://developers.docusign.com/docs/esign-rest-api/reference/accounts/
"""

from __future__ import annotations

import uuid

from docusign_emulator import templates
from docusign_emulator.envelopes import people
from docusign_emulator.protocol.errors import invalid_parameter
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest import kept
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.paths import ACCOUNT, Row
from docusign_emulator.rest.setup import users

MAX_FAVORITES, MAX_ARCHIVES = 50, 5
_PROVIDER = {
    "signatureProviderId": "universalsignaturepen_default",
    "signatureProviderName": "universalsignaturepen_default",
    "signatureProviderDisplayName": "DocuSign Electronic",
    "priority": "100",
    "isRequired": "true",
}


def get_favorites(call: Call) -> Reply:
    return Reply({"favoriteTemplates": _favorites(call)})


def add_favorites(call: Call) -> Reply:
    """PUT favorite_templates: of the caller, each or with its errorDetails."""
    known = {one["templateId"]: one for one in _favorites(call)}

    def add(facts: Json) -> Json:
        template_id = templates.required(call.store, kept.name(facts, "templateId")).id
        known.setdefault(template_id, {"templateId": template_id, "favoritedDate": call.store.now()})
        if len(known) > MAX_FAVORITES:
            raise invalid_parameter(f"A user may have {MAX_FAVORITES} favourite templates.")
        return known[template_id]

    return _keep_favorites(call, kept.each(call, "favoriteTemplates", add), list(known.values()))


def remove_favorites(call: Call) -> Reply:
    known = {one["templateId"]: one for one in _favorites(call)}
    gone = kept.each(call, "favoriteTemplates", lambda facts: known.pop(kept.name(facts, "templateId"), facts))
    return _keep_favorites(call, gone, list(known.values()))


def list_archives(call: Call) -> Reply:
    """GET settings/bcc_email_archives: addresses that get a blind copy of every mail."""
    found = [one for one in call.store.records("bcc_archive") if one["status"] != "closed"]
    return Reply(kept.page(call, "bccEmailArchives", found))


def create_archive(call: Call) -> Reply:
    call.administrator()
    email = kept.name(call.json, "email")
    there = [one for one in call.store.records("bcc_archive") if one["status"] != "closed"]
    if not people.valid_email(email):
        raise invalid_parameter(f"{email[:80]} is no e-mail address.")
    if len(there) >= MAX_ARCHIVES or any(one["email"].lower() == email.lower() for one in there):
        raise invalid_parameter(f"An account may have {MAX_ARCHIVES} archives, each of another address.")
    archive_id = str(uuid.uuid4())
    archive = _history(call, {"bccEmailArchiveId": archive_id, "email": email, "created": call.store.now()}, "active")
    archive["createdBy"] = archive["modifiedBy"]
    call.store.keep("bcc_archive", archive_id, archive)
    return Reply(archive, 201)


def get_archive_history(call: Call) -> Reply:
    archive_id = kept.one(call, "bcc_archive", "bccEmailArchiveId")["bccEmailArchiveId"]
    found = [one for one in call.store.records("bcc_history") if one["id"] == archive_id]
    return Reply(kept.page(call, "bccEmailArchiveHistory", [one["facts"] for one in found]))


def close_archive(call: Call) -> Reply:
    call.administrator()
    archive = kept.one(call, "bcc_archive", "bccEmailArchiveId")
    call.store.keep("bcc_archive", archive["bccEmailArchiveId"], _history(call, archive, "closed"))
    return Reply({})


def signature_providers(call: Call) -> Reply:
    """GET signatureProviders: an account without standards-based signatures has Docusign's own."""
    return Reply({"signatureProviders": [_PROVIDER]})


def seals(call: Call) -> Reply:
    """GET seals: electronic seals have to be bought."""
    return Reply({"seals": []})


def _favorites(call: Call) -> list[Json]:
    known = call.store.record("favorites", call.user.user_id) or {"templates": []}
    return [one for one in known["templates"] if templates.load(call.store, one["templateId"])]


def _keep_favorites(call: Call, answered: list[Json], left: list[Json]) -> Reply:
    call.store.keep("favorites", call.user.user_id, {"templates": left})
    return Reply({"favoriteTemplates": answered, "templatesUpdatedCount": len(answered)})


def _history(call: Call, archive: Json, status: str) -> Json:
    """The archive with its new status, which is also a line of its history."""
    by, account_id = users.brief(call.store, call.user.user_id), call.store.account.id
    line = {"accountId": account_id, "email": archive["email"], "status": status, "modified": call.store.now()}
    action = "created" if status == "active" else "closed"
    facts = line | {"modifiedBy": by, "action": action}
    call.store.keep("bcc_history", str(uuid.uuid4()), {"id": archive["bccEmailArchiveId"], "facts": facts})
    return archive | line | {"modifiedBy": by, "uri": f"/settings/bcc_email_archives/{archive['bccEmailArchiveId']}"}


_ARCHIVES = f"{ACCOUNT}/settings/bcc_email_archives"
ROWS: list[Row] = [
    ("GET", f"{ACCOUNT}/favorite_templates", "getFavoriteTemplates", get_favorites),
    ("PUT", f"{ACCOUNT}/favorite_templates", "updateFavoriteTemplate", add_favorites),
    ("DELETE", f"{ACCOUNT}/favorite_templates", "unFavoriteTemplate", remove_favorites),
    ("GET", _ARCHIVES, "listBccEmailArchives", list_archives),
    ("POST", _ARCHIVES, "createBccEmailArchive", create_archive),
    ("GET", _ARCHIVES + "/{bccEmailArchiveId}", "getBccEmailArchiveHistory", get_archive_history),
    ("DELETE", _ARCHIVES + "/{bccEmailArchiveId}", "deleteBccEmailArchive", close_archive),
    ("GET", f"{ACCOUNT}/signatureProviders", "listSignatureProviders", signature_providers),
    ("GET", f"{ACCOUNT}/seals", "listSeals", seals),
]
