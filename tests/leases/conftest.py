"""Property-based tests of this room are not timed: on a busy machine a slow example is not a wrong one."""

from hypothesis import settings

settings.register_profile("leases", deadline=None, max_examples=60)
settings.load_profile("leases")
