"""Every refusal of the REST API and of the OAuth server.

Status and code of the named ones: facts read in Docusign's documentation or in public integrations;
`FIDELITY.md` says which of them are assumed.
https://developers.docusign.com/docs/esign-rest-api/esign101/error-codes/
"""

from __future__ import annotations

# Codes that no source of Docusign's names; what they answer instead is a switch.
UNSURE_CODES = {
    "DUPLICATE_TRANSACTION_ID", "DOCUMENT_EXCEEDS_MAX_SIZE", "ENVELOPE_EXCEEDS_MAX_SIZE",
    "ENVELOPE_RECIPIENTS_LIMIT_EXCEEDED", "RECIPIENT_NAME_REQUIRED",
    "TEMPLATE_ID_INVALID", "INVALID_TAB_OPERATION", "ANCHOR_TAB_LIMIT_EXCEEDED", "TAB_DOES_NOT_EXIST",
    "INVALID_CUSTOM_FIELD_ID", "CONNECT_CONFIGURATION_LIMIT_EXCEEDED",
    "CHUNKED_UPLOAD_ALREADY_COMMITTED", "CHUNKED_UPLOAD_PARTS_MISSING",
    "CHUNKED_UPLOAD_TOO_LARGE", "INVALID_REQUEST_BODY", "CONNECT_SECRET_LIMIT_EXCEEDED",
}  # fmt: skip


class ApiError(Exception):
    """A refused REST call: answered as {"errorCode", "message"}; the call leaves no effect."""

    def __init__(self, error_code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{error_code}: {message}")
        self.error_code = error_code
        self.message = message
        self.status = status

    def details(self) -> dict[str, str]:
        return {"errorCode": self.error_code, "message": self.message}


class OAuthError(Exception):
    """A refused token request: answered as {"error", "error_description"} with 400.

    `burns`: a record (kind, id) that may not be used again although the request failed.
    """

    def __init__(
        self, error: str, description: str = "", status: int = 400, *, burns: tuple[str, str] | None = None
    ) -> None:
        super().__init__(f"{error}: {description}")
        self.burns = burns
        self.error = error
        self.description = description
        self.status = status


def invalid_parameter(message: str) -> ApiError:
    return ApiError("INVALID_REQUEST_PARAMETER", f"The request contained at least one invalid parameter. {message}")


def invalid_body(message: str) -> ApiError:
    return ApiError("INVALID_REQUEST_BODY", f"The request body is missing or improperly formatted. {message}")


def no_such_envelope() -> ApiError:
    return ApiError(
        "ENVELOPE_DOES_NOT_EXIST", "The envelope specified either does not exist or you have no rights to it.", 404
    )


def incomplete() -> ApiError:
    """One sentence, whatever is missing."""
    return ApiError(
        "ENVELOPE_IS_INCOMPLETE",
        "The Envelope is not Complete. A Complete Envelope Requires Documents, Recipients, Tabs, and a Subject Line.",
    )


def duplicate_recipients() -> ApiError:
    return ApiError("ENVELOPE_HAS_DUPLICATE_RECIPIENTS", "The envelope has duplicate recipients.")


def invalid_email(recipient_id: str) -> ApiError:
    message = f"The email address for the recipient is invalid. The recipient Id follows. {recipient_id}"
    return ApiError("INVALID_EMAIL_ADDRESS_FOR_RECIPIENT", message)


def no_such_document() -> ApiError:
    return ApiError("DOCUMENT_DOES_NOT_EXIST", "The document specified was not found.", 404)


def no_such_recipient(recipient_id: str) -> ApiError:
    return ApiError("INVALID_RECIPIENT_ID", f"The recipient {recipient_id} is not in this envelope.")


def no_such_resource(what: str) -> ApiError:
    return ApiError("RESOURCE_NOT_FOUND", f"The {what} specified was not found.", 404)


def wrong_status(message: str) -> ApiError:
    return ApiError("ENVELOPE_INVALID_STATUS", f"Invalid envelope status. {message}")


def unknown_recipient() -> ApiError:
    return ApiError(
        "UNKNOWN_ENVELOPE_RECIPIENT", "The recipient you have identified is not a valid recipient of the envelope."
    )


def not_administrator() -> ApiError:
    return ApiError("USER_NOT_ACCOUNT_ADMIN", "This user is not an administrator of the account.", 401)
