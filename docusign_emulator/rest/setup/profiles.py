"""Permission profiles: kept and told again, without effect on what their users may do.

https://developers.docusign.com/docs/esign-rest-api/reference/accounts/accountpermissionprofiles/
"""

from __future__ import annotations

from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import no_such_resource
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest import kept
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.paths import ACCOUNT, Row
from docusign_emulator.storage.store import Store

# As a new account has them.
_PROFILES = ("Account Administrator", "DocuSign Sender", "DocuSign Viewer")


def list_profiles(call: Call) -> Reply:
    _set_up(call.store)
    return Reply({"permissionProfiles": [_without_settings(one) for one in call.store.records("permission_profile")]})


def create_profile(call: Call) -> Reply:
    call.administrator()
    _set_up(call.store)
    name = kept.name(call.json, "permissionProfileName")
    return Reply(_keep_profile(call.store, name, formats.child(call.json, "settings")), 201)


def get_profile(call: Call) -> Reply:
    return Reply(_profile(call))


def update_profile(call: Call) -> Reply:
    """PUT one profile: its name, and those of its settings that are given."""
    call.administrator()
    known = _profile(call)
    name = formats.text(call.json.get("permissionProfileName")) or known["permissionProfileName"]
    settings = known["settings"] | formats.stringified(formats.child(call.json, "settings"))
    changed = known | {"permissionProfileName": name, "settings": settings, "modifiedDateTime": call.store.now()}
    call.store.keep("permission_profile", known["permissionProfileId"], changed)
    return Reply(changed)


def delete_profile(call: Call) -> Reply:
    call.administrator()
    call.store.drop("permission_profile", _profile(call)["permissionProfileId"])
    return Reply({})


def _set_up(store: Store) -> None:
    if store.get("administration"):
        return
    store.put("administration", True)
    for name in _PROFILES:
        _keep_profile(store, name, {})


def _keep_profile(store: Store, name: str, settings: Json) -> Json:
    made: Json = {
        "permissionProfileId": str(store.next_number("permission_profile", 200_001)),
        "permissionProfileName": name,
        "modifiedDateTime": store.now(),
        "settings": formats.stringified(settings),
    }
    store.keep("permission_profile", made["permissionProfileId"], made)
    return made


def _profile(call: Call) -> Json:
    _set_up(call.store)
    known = call.store.record("permission_profile", call.params["permissionProfileId"])
    if known is None:
        raise no_such_resource("permission profile")
    return known


def _without_settings(profile: Json) -> Json:
    return {key: value for key, value in profile.items() if key != "settings"}


_PROFILE = ACCOUNT + "/permission_profiles/{permissionProfileId}"
ROWS: list[Row] = [
    ("GET", f"{ACCOUNT}/permission_profiles", "listPermissions", list_profiles),
    ("POST", f"{ACCOUNT}/permission_profiles", "createPermissionProfile", create_profile),
    ("GET", _PROFILE, "getPermissionProfile", get_profile),
    ("PUT", _PROFILE, "updatePermissionProfile", update_profile),
    ("DELETE", _PROFILE, "deletePermissionProfile", delete_profile),
]
