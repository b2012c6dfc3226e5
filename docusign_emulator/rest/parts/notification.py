"""When an envelope reminds and expires, and where answers to its mails go.

https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopes/updatenotificationsettings/
"""

from __future__ import annotations

from docusign_emulator.envelopes import notification
from docusign_emulator.envelopes.model import save
from docusign_emulator.protocol import formats
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.parts.changes import editable
from docusign_emulator.rest.paths import ENVELOPE, Row


def get_notification(call: Call) -> Reply:
    return Reply(dict(call.envelope().notification))


def update_notification(call: Call) -> Reply:
    envelope = editable(call)
    envelope.notification = notification.from_wire(call.json)
    notification.schedule(call.store, envelope)
    save(call.store, envelope)
    return Reply(dict(envelope.notification))


def get_email_settings(call: Call) -> Reply:
    settings = formats.child(call.envelope().extra, "emailSettings")
    return Reply(formats.stringified(settings))


def put_email_settings(call: Call) -> Reply:
    """POST or PUT: kept and told again. No reply is redirected and no copy is sent by them."""
    envelope = editable(call)
    envelope.extra["emailSettings"] = formats.child(envelope.extra, "emailSettings") | call.json
    save(call.store, envelope)
    return get_email_settings(call)


def create_email_settings(call: Call) -> Reply:
    return Reply(put_email_settings(call).body, 201)


def delete_email_settings(call: Call) -> Reply:
    envelope = editable(call)
    gone = envelope.extra.pop("emailSettings", {})
    save(call.store, envelope)
    return Reply(formats.stringified(gone))


ROWS: list[Row] = [
    ("GET", f"{ENVELOPE}/notification", "getNotificationSettings", get_notification),
    ("PUT", f"{ENVELOPE}/notification", "updateNotificationSettings", update_notification),
    ("GET", f"{ENVELOPE}/email_settings", "getEmailSettings", get_email_settings),
    ("POST", f"{ENVELOPE}/email_settings", "createEmailSettings", create_email_settings),
    ("PUT", f"{ENVELOPE}/email_settings", "updateEmailSettings", put_email_settings),
    ("DELETE", f"{ENVELOPE}/email_settings", "deleteEmailSettings", delete_email_settings),
]
