"""The emulator's own description, tried by Schemathesis: no 500, no shape it does not describe."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from docusign_emulator.rest.description import description
from docusign_emulator.rest.operations import ROUTER
from tests.emulator.conftest import Api
from tests.emulator.server import Emulator

CHECKS = [not_a_server_error, response_schema_conformance, status_code_conformance]
SCHEMA = schemathesis.openapi.from_dict(description("http://127.0.0.1"))


@pytest.mark.parametrize("known", ROUTER.operations(), ids=lambda known: known.name)
def test_every_call_answers_as_described(docusign: Emulator, known: Any) -> None:
    api = Api(docusign)
    headers = {} if known.pattern.startswith("/oauth") else {"Authorization": f"Bearer {api.token}"}

    @settings(max_examples=3, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=SCHEMA[known.pattern][known.method].as_strategy())
    def try_it(case: Any) -> None:
        if "accountId" in case.path_parameters:
            case.path_parameters["accountId"] = api.account_id
        case.call_and_validate(base_url=docusign.base, headers=headers, checks=CHECKS)

    try_it()
