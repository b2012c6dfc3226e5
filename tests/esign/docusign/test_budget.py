"""The arithmetic of the hourly budget: people first, campaigns last, and never more than Docusign allows."""

import pytest
from pytest_django import Settings

from esign.docusign import budget
from esign.docusign.budget import Lane
from esign.models import DocusignConnection

ORDER = [Lane.CAMPAIGN, Lane.SYNC, Lane.SETTLE, Lane.INTERACTIVE]


def test_each_lane_leaves_room_for_the_ones_that_people_wait_for() -> None:
    hours = [lane.share_of_hour for lane in ORDER]
    bursts = [lane.share_of_burst for lane in ORDER]
    assert hours == sorted(set(hours))
    assert bursts == sorted(set(bursts))


@pytest.mark.parametrize("lane", list(Lane))
def test_no_lane_may_use_more_than_the_whole(lane: Lane) -> None:
    assert 0 < lane.share_of_hour <= 1
    assert 0 < lane.share_of_burst <= 1


def test_a_campaign_leaves_four_hundred_and_fifty_of_three_thousand_calls() -> None:
    assert 3000 - int(3000 * Lane.CAMPAIGN.share_of_hour) == 450


def test_the_settings_say_how_much_campaigns_may_use_and_leave_no_one_less(settings: Settings) -> None:
    settings.CAMPAIGN_SHARE_OF_HOUR, settings.CAMPAIGN_SHARE_OF_BURST = 0.96, 0.5
    settings.DOCUSIGN_HOURLY_LIMIT, settings.DOCUSIGN_BURST_LIMIT = 1000, 200

    places = {lane: budget.places(DocusignConnection(pk=987654), lane) for lane in ORDER}

    assert places == {
        Lane.CAMPAIGN: (960, 100),
        Lane.SYNC: (960, 180),
        Lane.SETTLE: (970, 190),
        Lane.INTERACTIVE: (1000, 200),
    }


def test_the_configured_limits_hold_until_docusign_has_told_its_own(settings: Settings) -> None:
    settings.DOCUSIGN_HOURLY_LIMIT, settings.DOCUSIGN_BURST_LIMIT = 1000, 200
    assert budget.limits(DocusignConnection(pk=987654)) == (1000, 200)
