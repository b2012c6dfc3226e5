"""`python -m tests.faults.steer pause|cancel|release BATCH USER`: one act of staff in a process that may be killed."""

import os
import sys
from collections.abc import Callable

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "propertyapp.settings")
django.setup()

from django.contrib.auth.models import User  # noqa: E402 - Django must be set up first

import tests.faults.crashing  # noqa: E402, F401 - it kills this process at the points of CRASH_AT
from esign.campaigns import steering  # noqa: E402 - as above
from esign.models import Batch  # noqa: E402 - as above

ACTS: dict[str, Callable[[Batch, User], object]] = {
    "pause": steering.pause,
    "cancel": steering.cancel,
    "release": steering.release,
}


def main() -> None:
    act, batch, user = sys.argv[1:]
    ACTS[act](Batch.objects.get(pk=int(batch)), User.objects.get(pk=int(user)))


if __name__ == "__main__":
    main()
