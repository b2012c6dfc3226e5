"""What the account says about itself.

https://developers.docusign.com/docs/esign-rest-api/reference/accounts/
"""

from __future__ import annotations

from docusign_emulator.bulk import lists
from docusign_emulator.envelopes import checks
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import no_such_resource
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.parts import disclosure
from docusign_emulator.storage.account import User

_UNSUPPORTED = ("exe", "zip", "mp3", "mp4", "dwg", "key", "pages")
# Always the same in one account, as the workflow's id is stored by integrations.
_SETTINGS = {
    "allowBulkSend": "true",
    "allowDocumentVisibility": "true",
    "allowEnvelopeCorrect": "true",
    "allowInPerson": "true",
    "allowReminders": "true",
    "allowSMSDelivery": "true",
    "allowSetEmbeddedRecipientStartURL": "true",
    "allowSignerReassign": "true",
    "attachCompletedEnvelope": "true",
    "enableSMSDeliveryAdditionalNotification": "true",
    "requireDeclineReason": "true",
    "signerMustHaveAccount": "false",
    "signerMustLoginToSign": "false",
    "signingSessionTimeout": "20",
    "useConsumerDisclosure": "true",
}


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
        "seatsInUse": str(len(account.users)),
        "status21CFRPart11": "none",
        "suspensionStatus": "",
    }
    if formats.truth(call.query.get("include_account_settings")):
        facts["accountSettings"] = _settings()
    return Reply(facts)


def list_users(call: Call) -> Reply:
    email = call.query.get("email", "").lower()
    found = [user for user in call.store.account.users if not email or user.email.lower() == email]
    return Reply(
        {
            "users": [_user(user) for user in found],
            "resultSetSize": str(len(found)),
            "startPosition": "0",
            "endPosition": str(max(0, len(found) - 1)),
            "totalSetSize": str(len(found)),
        }
    )


def get_user(call: Call) -> Reply:
    user = call.store.account.user(call.params["userId"])
    if user is None:
        raise no_such_resource("user")
    return Reply(_user(user))


def get_settings(call: Call) -> Reply:
    return Reply(_settings())


def get_disclosure(call: Call) -> Reply:
    return Reply(disclosure(call))


def identity_verification(call: Call) -> Reply:
    """The workflows of an account that has both kinds switched on."""
    return Reply({"identityVerification": checks.workflows(call.store.account.id)})


def unsupported_file_types(call: Call) -> Reply:
    from docusign_emulator.pdf import convert  # noqa: PLC0415  # slow import

    types = [one for one in _UNSUPPORTED if one not in convert.EXTENSIONS]
    return Reply({"fileTypes": [{"fileExtension": one, "mimeType": "application/octet-stream"} for one in types]})


def list_custom_fields(call: Call) -> Reply:
    return Reply({"textCustomFields": [], "listCustomFields": []})


def _settings() -> Json:
    return _SETTINGS | {
        "bulkSendMaxCopiesInBatch": str(lists.MAX_COPIES),
        "bulkSendMaxUnprocessedEnvelopesCount": str(lists.MAX_QUEUED),
    }


def _user(user: User) -> Json:
    given, _, family = user.name.partition(" ")
    return {
        "userId": user.user_id,
        "userName": user.name,
        "firstName": given,
        "lastName": family,
        "email": user.email,
        "userStatus": "Active",
        "userType": "CompanyUser",
        "isAdmin": formats.flag(user.administrator),
        "createdDateTime": formats.stamp(formats.moment(user.created)),
        "uri": f"/users/{user.user_id}",
    }
