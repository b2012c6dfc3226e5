"""How staff's passwords are checked."""

import logging
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.http import HttpRequest

from propertyapp.exposure import is_local

logger = logging.getLogger(__name__)


class StaffBackend(ModelBackend):
    """Django's own, without passwords that are the user's name: those of the demo logins, which end with the demo."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        user = super().authenticate(request, username=username, password=password, **kwargs)
        if user is None or is_local() or (password or "").casefold() != user.get_username().casefold():
            return user
        logger.warning("sign-in refused: the password of %s is the name itself", user.get_username())
        return None
