"""The secrets of a connection, by the names of their variables. The database only ever holds the connection's name.

The default connection reads DOCUSIGN_PRIVATE_KEY_FILE; one called "harbor" DOCUSIGN_HARBOR_PRIVATE_KEY_FILE.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings

from esign.docusign.errors import NotSignedIn
from esign.models import DocusignConnection, Grant


def name(connection: DocusignConnection, suffix: str) -> str:
    """As it has to be written in the environment. A person's own account has none: the site's are used."""
    if connection.is_default or connection.is_personal:
        return f"DOCUSIGN_{suffix}"
    return f"DOCUSIGN_{connection.slug.upper().replace('-', '_')}_{suffix}"


def value(connection: DocusignConnection, suffix: str) -> str:
    """Empty when it is not set."""
    variable = name(connection, suffix)
    if connection.is_default or connection.is_personal:
        return str(getattr(settings, variable))
    # Which variables there are depends on rows, so they cannot be listed in the settings.
    return os.environ.get(variable, "")


def text_or_file(connection: DocusignConnection, suffix: str) -> tuple[str, str]:
    """(the variable it came from, the text of <suffix> or of the file named by <suffix>_FILE); text may be empty.

    A suffix `X_NEXT` has its file in `X_FILE_NEXT`. Raises NotSignedIn for a file that cannot be read.
    """
    if text := value(connection, suffix):
        return name(connection, suffix), text.replace("\\n", "\n")
    stem, following = (suffix.removesuffix("_NEXT"), "_NEXT") if suffix.endswith("_NEXT") else (suffix, "")
    in_file = f"{stem}_FILE{following}"
    variable, path = name(connection, in_file), value(connection, in_file)
    if not path:
        return variable, ""
    try:
        return variable, Path(path).read_text()
    except (OSError, UnicodeDecodeError):
        raise NotSignedIn(f"The file named by {variable} cannot be read. Check the path and its permissions.") from None


def secret_key(connection: DocusignConnection) -> str | None:
    """The integration key's secret; None for the public grant, which has none. Raises NotSignedIn."""
    if connection.grant == Grant.PUBLIC:
        return None
    if secret := value(connection, "SECRET_KEY"):
        return secret
    raise NotSignedIn(
        f"{name(connection, 'SECRET_KEY')} is not set. Set it to the secret of the integration key, "
        "or use a key without a secret: DOCUSIGN_STAFF_GRANT=public."
    )
