"""Limits that slow a nuisance down and never lock tenants out by mistake."""

from pytest_django import Settings

from esign.docusign.shared_redis import redis
from esign.portal.throttle import allows


def test_so_many_times_and_no_more_for_each_person_and_action() -> None:
    assert [allows("knock", "Grace", times=2, seconds=60) for _ in range(4)] == [True, True, False, False]
    assert allows("knock", "Daniel", times=2, seconds=60)
    assert allows("sign", "Grace", times=2, seconds=60)


def test_after_the_time_it_is_allowed_again() -> None:
    allows("knock", "Grace", times=1, seconds=60)
    assert not allows("knock", "Grace", times=1, seconds=60)
    _the_time_is_over()
    assert allows("knock", "Grace", times=1, seconds=60)


def _the_time_is_over() -> None:
    """Redis ends each counter after its time, which is now."""
    counters = list(redis().scan_iter("*portal:knock:*"))
    assert counters
    for counter in counters:
        assert 0 < redis().ttl(counter) <= 60
        redis().pexpire(counter, 0)


def test_without_a_cache_no_one_is_locked_out(settings: Settings) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }

    assert all(allows("knock", "Grace", times=1, seconds=60) for _ in range(3))
