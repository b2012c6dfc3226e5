"""What the account says about itself.

https://developers.docusign.com/docs/esign-rest-api/reference/accounts/
"""

from __future__ import annotations

from docusign_emulator.envelopes import checks
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.paths import ACCOUNT, V21, Row
from docusign_emulator.rest.setup import settings

_UNSUPPORTED = ("exe", "zip", "mp3", "mp4", "dwg", "key", "pages")


def service_information(call: Call) -> Reply:
    versions = [{"version": "v2.1", "versionUrl": f"{call.base_url}/restapi/v2.1"}]
    return Reply({"buildVersion": "emulator", "serviceVersions": versions, "linkedSites": [call.base_url]})


def resources(call: Call) -> Reply:
    return Reply({"resources": [{"name": "accounts", "uri": f"{call.base_url}/restapi/v2.1/accounts/{{accountId}}"}]})


def get_account(call: Call) -> Reply:
    account = call.store.account
    facts: Json = {
        "accountIdGuid": account.id,
        "accountName": account.name,
        "billingPeriodEnvelopesAllowed": "unlimited",
        "billingPeriodEnvelopesSent": str(
            call.store.sql("SELECT count(*) AS n FROM envelopes WHERE sent_at IS NOT NULL")[0]["n"]
        ),
        "connectPermission": "enabled",
        "createdDate": account.sender.created,
        "currentPlanId": "emulator",
        "envelopeSendingBlocked": "false",
        "planClassification": "free",
        "planName": "Developer account (emulated)",
        "seatsInUse": str(len(call.store.users())),
        "status21CFRPart11": "none",
        "suspensionStatus": "",
    }
    if formats.truth(call.query.get("include_account_settings")):
        facts["accountSettings"] = settings.of_account(call.store)
    return Reply(facts)


def identity_verification(call: Call) -> Reply:
    """The workflows of an account that has both kinds switched on."""
    return Reply({"identityVerification": checks.workflows(call.store.account.id)})


def unsupported_file_types(call: Call) -> Reply:
    from docusign_emulator.pdf import convert  # noqa: PLC0415  # slow import

    types = [one for one in _UNSUPPORTED if one not in convert.EXTENSIONS]
    return Reply({"fileTypes": [{"fileExtension": one, "mimeType": "application/octet-stream"} for one in types]})


def login_information(call: Call) -> Reply:
    """GET login_information: where clients from before OAuth's userinfo learn of their account."""
    account, user = call.store.account, call.user
    base = call.base_url + call.path.partition("/login_information")[0]
    facts: Json = {
        "name": account.name,
        "accountId": account.short_id,
        "accountIdGuid": account.id,
        "baseUrl": f"{base}/accounts/{account.short_id}",
        "isDefault": "true",
        "userName": user.name,
        "userId": user.user_id,
        "email": user.email,
        "siteDescription": "",
    }
    if formats.text(call.query.get("login_settings")).lower() in ("all", "true"):
        facts |= {"loginAccountSettings": [], "loginUserSettings": []}
    return Reply({"loginAccounts": [facts]})


ROWS: list[Row] = [
    ("GET", ACCOUNT, "getAccountInformation", get_account),
    ("GET", f"{V21}/login_information", "login", login_information),
    ("GET", f"{ACCOUNT}/identity_verification", "getAccountIdentityVerification", identity_verification),
    ("GET", f"{ACCOUNT}/unsupported_file_types", "listUnsupportedFileTypes", unsupported_file_types),
]
