"""Settings of the account and of its users: every name Docusign has, with the values of a developer account.

Kept and told again. Of their effects only those are played that a switch or another room plays.
https://developers.docusign.com/docs/esign-rest-api/reference/accounts/accounts/listsettings/
"""

from __future__ import annotations

from collections.abc import Mapping

from docusign_emulator.bulk import lists
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest import described, kept
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.paths import ACCOUNT, V21, Row
from docusign_emulator.storage.account import User
from docusign_emulator.storage.store import Store

_ACCOUNT = "account_settings"
# What is switched on in a developer account; every other flag is off.
_ON = frozenset(
    """
allowAccessCodeFormat allowAccountMemberNameChange allowAdvancedRecipientRoutingConditional allowAgentNameEmailEdit
allowAutoNavSettings allowBulkSend allowCDWithdraw allowConnectHttpListenerConfigs allowConnectOAuthUI
allowConnectSendFinishLater allowConnectUnifiedPayloadUI allowConnectEnvelopeReminderSentEventUI allowDelayedRouting
allowDocGenDocuments allowDocumentVisibility allowEnvelopeCorrect allowEnvelopeCustomFields allowExpression
allowIDVLevel1 allowIDVPlatform allowInPerson allowMergeFields allowMultipleSignerAttachments allowNonUSPhoneAuth
allowPaymentProcessing allowPhoneAuthentication allowReminders allowScheduledSending allowServerTemplates
allowSetEmbeddedRecipientStartURL allowSharedTabs allowSignerReassign allowSignerReassignOverride allowSigningGroups
allowSMSDelivery allowSupplementalDocuments allowWhatsAppDelivery attachCompletedEnvelope bulkSend canSelfBrandSend
canSelfBrandSign commentsAllowEnvelopeOverride conditionalFieldsEnabled defaultSigningResponsiveView
enableAutoNav enableCalculatedFields enablePaymentProcessing enablePowerForm enablePowerFormDirect
enableRequireSignOnPaper enableResponsiveSigning enableSMSAuthentication enableSMSDeliveryAdditionalNotification
enableSMSDeliveryPrimary enableSendToAgent enableSendToIntermediary enableSequentialSigningAPI enableSignerAttachments
enableSignOnPaper enableSigningOrderSettingsForAccount envelopeIntegrationAllowed envelopeStampingDefaultValue
inPersonSigningEnabled inSessionEnabled isConnectDocumentFieldsEnabled requireDeclineReason
sendToCertifiedDeliveryEnabled setRecipEmailLang setRecipSignLang sharedTemplateFolders
showCompleteDialogInEmbeddedSession signerCanSignOnMobile useConsumerDisclosure usesAPI
""".split()
)
# What is no flag. An empty text: not set.
_TEXTS = {
    "accountDateTimeFormat": "M/d/yyyy | h:mm a", "accountDefaultLanguage": "en", "accountName": "",
    "advancedCorrect": "",
    "anchorPopulationScope": "document", "authenticationCheck": "every_time", "autoNavRule": "required_fields",
    "betaSwitchConfiguration": "", "bulkSendActionResendLimit": "5",
    "bulkSendMaxCopiesInBatch": str(lists.MAX_COPIES), "bulkSendMaxUnprocessedEnvelopesCount": str(lists.MAX_QUEUED),
    "consumerDisclosureFrequency": "once", "convertPdfFields": "off", "customExtractionPlanLevels": "",
    "dataPopulationScope": "document", "documentConversionRestrictions": "no_restrictions", "documentRetention": "",
    "documentVisibility": "must_sign_to_view_unless_sender", "draftEnvelopeRetention": "", "emailTemplateVersion": "",
    "EnvelopeLimitsTotalDocumentSizeAllowedInMB": "200", "envelopeSearchMode": "", "externalSignaturePadType": "none",
    "guidedFormsHtmlConversionPolicy": "", "idCheckExpire": "always", "idCheckExpireDays": "0",
    "idCheckExpireMinutes": "0", "idCheckRequired": "never", "idfxKBAAuthenticationOverride": "",
    "idfxPhoneAuthenticationOverride": "", "inPersonIDCheckQuestion": "", "maestroPlanLevels": "",
    "maxNumberOfCustomStamps": "0", "maximumSigningGroups": "100", "maximumUsersPerSigningGroup": "50",
    "mobileSessionTimeout": "20", "numberOfActiveCustomStamps": "0", "originalAccountSite": "emulator",
    "pdfMaxChunkedUploadPartSize": "5242880", "pdfMaxChunkedUploadTotalSize": "52428800",
    "pdfMaxIndividualUploadSize": "33554432", "phoneAuthRecipientMayProvidePhoneNumber": "true",
    "recipientSigningAutoNavigationControl": "", "recycleBinEnvelopeRetention": "",
    "require21CFRpt11Compliance": "do_not_require", "requireSignerCertificateType": "none", "rsaVeridAccountName": "",
    "rsaVeridPassword": "", "rsaVeridRuleset": "", "rsaVeridUserId": "", "selfSignedRecipientEmailDocument":
    "include_pdf", "sendingTagsFontColor": "black", "sendingTagsFontName": "lucidaconsole", "sendingTagsFontSize":
    "size9", "sessionTimeout": "20", "signDateFormat": "M/d/yyyy", "signDateTimeAccountLanguageOverride": "",
    "signDateTimeAccountTimezoneOverride": "", "signTimeFormat": "none", "signerLoginRequirements":
    "login_not_required", "signingSessionTimeout": "20", "signingUiVersion": "v2", "timezoneOffsetAPI": "tz_01_utc",
    "timezoneOffsetUI": "tz_01_utc", "validationsAllowed": "", "validationsBrand": "", "validationsCadence": "",
    "validationsReport": "", "wurflMinAllowableScreenSize": "",
}  # fmt: skip
_USER_ON = frozenset(
    """
adminOnly allowRecipientLanguageSelection bulkSend canLockEnvelopes canSendAPIRequests canSendEnvelope
canSendEnvelopesViaSMS canSignEnvelope enableSequentialSigningAPI enableSignerAttachments newSendUI
templateActiveCreation
""".split()
) - {"adminOnly"}
_USER_TEXTS = {
    "accountAgreementsAccessType": "", "allowedDocumentTemplateLibraryAccess": "", "allowedOrchestrationAccess": "",
    "apiCanExportAC": "false", "canManageTemplates": "create", "canEditSharedAddressbook": "use_private_and_shared",
    "locale": "en", "manageClickwrapsMode": "none", "modifiedBy": "", "modifiedDate": "", "modifiedPage": "",
    "powerFormMode": "none", "selfSignedRecipientEmailDocument": "include_pdf", "templateMatchingSensitivity": "70",
    "timezoneDST": "true", "timezoneMask": "", "timezoneOffset": "tz_01_utc", "timezoneSendingPref": "account_default",
    "timezoneSigningPref": "account_default", "transactionPointSiteNameURL": "", "transactionPointUserName": "",
    "vaultingMode": "none", "webForms": "none",
}  # fmt: skip
LANGUAGES = {
    "ar": "Arabic", "bg": "Bulgarian", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en":
    "English (US)", "en_GB": "English (UK)", "es": "Spanish (Spain)", "es_MX": "Spanish (Latin America)", "et":
    "Estonian", "fa": "Farsi", "fi": "Finnish", "fr": "French (France)", "fr_CA": "French (Canada)", "he": "Hebrew",
    "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "hy": "Armenian", "id": "Bahasa Indonesia", "it": "Italian",
    "ja": "Japanese", "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian", "ms": "Bahasa Melayu", "nl": "Dutch", "no":
    "Norwegian", "pl": "Polish", "pt": "Portuguese (Portugal)", "pt_BR": "Portuguese (Brazil)", "ro": "Romanian", "ru":
    "Russian", "sk": "Slovak", "sl": "Slovenian", "sr": "Serbian", "sv": "Swedish", "th": "Thai", "tr": "Turkish",
    "uk": "Ukrainian", "vi": "Vietnamese", "zh_CN": "Chinese (Simplified)", "zh_TW": "Chinese (Traditional)",
}  # fmt: skip
# Documents of settings with a path of their own: (path, name of the record, its first values).
_NOTIFIED = dict.fromkeys(
    ("envelopeActivation", "envelopeComplete", "envelopeDeclined", "envelopeVoided", "purgeDocuments"), "true"
)
_DEFAULT_MAILS = {"senderEmailNotifications": {}, "signerEmailNotifications": _NOTIFIED}
_DOCUMENTS: dict[str, Json] = {
    "notification_defaults": {"apiEmailNotifications": _DEFAULT_MAILS, "emailNotifications": _DEFAULT_MAILS},
    "password_rules": {
        "passwordStrengthType": "basic", "minimumPasswordLength": "6", "passwordIncludeDigit": "false",
        "passwordIncludeLowerCase": "false", "passwordIncludeUpperCase": "false",
        "passwordIncludeSpecialCharacter": "false", "passwordIncludeDigitOrSpecialCharacter": "false",
        "minimumPasswordAgeDays": "0", "expirePassword": "false", "expirePasswordDays": "0",
        "lockoutDurationMinutes": "2", "lockoutDurationType": "minutes", "questionsRequired": "0",
    },
    "envelope_purge_configuration": {
        "purgeEnvelopes": "false", "retentionDays": "0", "redactPII": "false",
        "removeTabsAndEnvelopeAttachments": "false",
    },
    "enote_configuration": {"eNoteConfigured": "false", "connectConfigured": "false"},
    "watermark": {
        "enabled": "false", "watermarkText": "In process", "font": "arial", "fontSize": "auto", "fontColor": "gray",
        "displayAngle": "horizontal", "transparency": "25",
    },
}  # fmt: skip


def get(call: Call) -> Reply:
    return Reply(of_account(call.store))


def update(call: Call) -> Reply:
    """PUT settings: those given. The answer is empty."""
    call.administrator()
    change(call.store, _ACCOUNT, "account", call.json)
    return Reply({})


def of_account(store: Store) -> Json:
    """Every setting of the account by its name."""
    found = _defaults("AccountSettingsInformation", _TEXTS | {"accountName": store.account.name}, _ON)
    found |= {"tabAccountSettings": of_tabs(store)}
    return found | (store.record(_ACCOUNT, "account") or {})


def of_user(store: Store, user: User) -> Json:
    """Every setting of one user by its name. Administrators may manage the account."""
    found = _defaults("UserSettingsInformation", _USER_TEXTS, _USER_ON)
    may = formats.flag(user.administrator)
    found |= {
        "canManageAccount": may,
        "apiAccountWideAccess": may,
        "powerFormMode": "admin" if user.administrator else "none",
    }
    return found | (store.record("user_settings", user.user_id) or {})


def of_tabs(store: Store) -> Json:
    """Which kinds of tabs the account has: all of them."""
    names = [name for name, kind in described.model("TabAccountSettings").items() if kind == "str"]
    return dict.fromkeys(names, "true") | (store.record("tab_settings", "account") or {})


def change(store: Store, kind: str, id: str, given: Json) -> None:
    """Keep what is given over what was changed before. What is Docusign's to set, the metadata, is left out."""
    changed = {key: value for key, value in given.items() if not key.lower().endswith("metadata")}
    store.keep(kind, id, kept.over(store.record(kind, id) or {}, changed))


def get_tabs(call: Call) -> Reply:
    return Reply(of_tabs(call.store))


def update_tabs(call: Call) -> Reply:
    call.administrator()
    change(call.store, "tab_settings", "account", call.json)
    return get_tabs(call)


def languages(call: Call) -> Reply:
    return Reply({"languages": [{"name": code, "value": told} for code, told in LANGUAGES.items()]})


def get_document(call: Call) -> Reply:
    name = _document_name(call)
    return Reply(_DOCUMENTS[name] | (call.store.record("settings", name) or {}))


def put_document(call: Call) -> Reply:
    call.administrator()
    change(call.store, "settings", _document_name(call), call.json)
    return get_document(call)


def delete_document(call: Call) -> Reply:
    call.administrator()
    call.store.drop("settings", _document_name(call))
    return Reply({})


def preview_watermark(call: Call) -> Reply:
    """PUT watermark/preview: how it would be, kept nowhere."""
    return Reply(kept.over(_DOCUMENTS["watermark"] | (call.store.record("settings", "watermark") or {}), call.json))


def user_password_rules(call: Call) -> Reply:
    rules = _DOCUMENTS["password_rules"] | (call.store.record("settings", "password_rules") or {})
    return Reply({"passwordRules": rules, "userId": call.user.user_id})


def _document_name(call: Call) -> str:
    return call.path.rstrip("/").rpartition("/")[2]


def _defaults(model: str, texts: Mapping[str, str], on: frozenset[str]) -> Json:
    found: Json = {}
    for name, kind in described.model(model).items():
        if kind == "SettingsMetadata":
            found[name] = {"rights": "editable", "is21CFRPart11": "false"}
        elif kind == "str" and not name.endswith("Metadata"):
            found[name] = texts.get(name, formats.flag(name in on))
    return found


def _document_rows(path: str, whose: str) -> list[Row]:
    return [("GET", path, f"get{whose}", get_document), ("PUT", path, f"update{whose}", put_document)]


_SETTINGS = f"{ACCOUNT}/settings"
ROWS: list[Row] = [
    ("GET", _SETTINGS, "listSettings", get),
    ("PUT", _SETTINGS, "updateSettings", update),
    ("GET", f"{_SETTINGS}/tabs", "getAccountTabSettings", get_tabs),
    ("PUT", f"{_SETTINGS}/tabs", "updateAccountTabSettings", update_tabs),
    *_document_rows(f"{_SETTINGS}/notification_defaults", "NotificationDefaults"),
    *_document_rows(f"{_SETTINGS}/password_rules", "PasswordRules"),
    *_document_rows(f"{_SETTINGS}/envelope_purge_configuration", "EnvelopePurgeConfiguration"),
    *_document_rows(f"{_SETTINGS}/enote_configuration", "ENoteConfiguration"),
    ("DELETE", f"{_SETTINGS}/enote_configuration", "deleteENoteConfiguration", delete_document),
    *_document_rows(f"{ACCOUNT}/watermark", "Watermark"),
    ("PUT", f"{ACCOUNT}/watermark/preview", "getWatermarkPreview", preview_watermark),
    ("GET", f"{ACCOUNT}/supported_languages", "getSupportedLanguages", languages),
    ("GET", f"{V21}/current_user/password_rules", "getCurrentUserPasswordRules", user_password_rules),
]
