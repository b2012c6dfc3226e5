"""Payment gateways that are connected to the account: the emulator's own.

https://developers.docusign.com/docs/esign-rest-api/reference/payments/paymentgatewayaccounts/
"""

from __future__ import annotations

from docusign_emulator.envelopes import payments
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.paths import ACCOUNT, Row


def list_all(call: Call) -> Reply:
    return Reply({"paymentGatewayAccounts": [payments.gateway(call.store.account)]})


ROWS: list[Row] = [("GET", f"{ACCOUNT}/payment_gateway_accounts", "listPaymentGatewayAccounts", list_all)]
