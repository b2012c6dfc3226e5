"""E26: a campaign that needs several hours of Docusign's limit takes those hours, is never refused, and sends all."""

import math
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from esign.docusign.budget import Lane
from esign.docusign.login import access, token_cache
from esign.docusign.login.token_cache import Token
from esign.envelopes import dispatch
from esign.envelopes.freeze import freeze
from esign.models import DocusignConnection, Envelope, State
from tests.emulator_client import EmulatorClient
from tests.factories import LeaseFactory
from tests.faults.conftest import LONG
from tests.faults.fleet import all_sent, check_nothing_twice_nothing_lost

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(3000), pytest.mark.django_db(transaction=True)]

LEASES, HOURLY = (300, 120) if LONG else (20, 20)


def keep_the_token_for_the_whole_campaign(connection: DocusignConnection) -> None:
    """Docusign's token times follow the real clock, which this test leaves behind."""
    token = Token.given(access.access_token(connection), 10**6, scopes="signature impersonation")
    token_cache.keep(access.cache_name(connection), token)


def test_a_campaign_takes_the_hours_it_needs_and_is_never_refused(site: str, emulator: EmulatorClient) -> None:
    emulator.set_limits(hourly=HOURLY)
    envelopes = [freeze(LeaseFactory(), in_campaign=True) for _ in range(LEASES + 1)]
    dispatch.advance(envelopes[0].pk)  # in the hour before: it brings the token and teaches us the account's limit
    keep_the_token_for_the_whole_campaign(envelopes[0].connection)
    start = timezone.now().replace(minute=0, second=1) + timedelta(hours=1)
    emulator.advance(seconds=(start - timezone.now()).total_seconds())
    with time_machine.travel(start, tick=False) as clock:
        while not all_sent():
            for pk in Envelope.objects.due().values_list("pk", flat=True):
                dispatch.advance(pk)
            waiting = Envelope.objects.filter(state__in=(State.READY, State.DRAFTED)).order_by("due_at").first()
            if waiting is None:
                break
            wait = max(waiting.due_at - timezone.now(), timedelta(seconds=1))
            emulator.advance(seconds=wait.total_seconds())
            clock.shift(wait)
        hours = (timezone.now() - start) / timedelta(hours=1)

    calls, places = 2 * LEASES, int(HOURLY * Lane.CAMPAIGN.share_of_hour)
    needed = math.ceil(calls / places) - 1
    assert all_sent()
    assert [c.error_code for c in emulator.journal() if c.status in (400, 429)] == []
    assert needed - 0.01 <= hours <= needed * 1.05 + 0.05, f"{hours:.2f} h for {calls} calls at {places} an hour"
    check_nothing_twice_nothing_lost(emulator)
