"""Where the operations stand, and how a row of the table of operations is written."""

from __future__ import annotations

from collections.abc import Callable

from docusign_emulator.rest.call import Call, Reply

Handler = Callable[[Call], Reply]
Row = tuple[str, str, str, Handler]  # method, path, the name Docusign gives it, who does it

V21 = "/restapi/v2.1"
ACCOUNT = V21 + "/accounts/{accountId}"
ENVELOPE = ACCOUNT + "/envelopes/{envelopeId}"
TEMPLATE = ACCOUNT + "/templates/{templateId}"
USER = ACCOUNT + "/users/{userId}"
BRAND = ACCOUNT + "/brands/{brandId}"


def of_template(handler: Handler) -> Handler:
    """The handler of an envelope's part, for the same part of a template."""

    def handle(call: Call) -> Reply:
        call.of_template = True
        return handler(call)

    return handle
