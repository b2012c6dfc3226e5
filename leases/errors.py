"""What can go wrong with a lease, named for what a person does next.

Every message is a whole sentence in the words of the office; the admin shows it as it is.
"""

from collections.abc import Sequence


class LeaseError(Exception):
    """The lease does not allow this. `str(error)` is fit for staff to read."""


class WrongStatus(LeaseError):
    """The lease is at a stage where this cannot be done."""


class LeaseIncomplete(LeaseError):
    """A draft lacks something a contract needs. `problems` lists one sentence for each thing missing."""

    def __init__(self, number: str, problems: Sequence[str]) -> None:
        self.problems = list(problems)
        super().__init__(f"Lease {number} is not ready: {' '.join(self.problems)}")


class TermsFrozen(LeaseError):
    """Somebody tried to change the terms of a lease that has already gone out."""

    def __init__(self, message: str = "") -> None:
        super().__init__(
            message or "This lease is no longer a draft, so its terms are fixed. Withdraw it to change them."
        )


class StaleVersion(LeaseError):
    """The signatures belong to a version of the lease that has been withdrawn."""


class TermsChanged(LeaseError):
    """The document that was signed does not say what the lease says."""


class NotASigner(LeaseError):
    """The lease does not ask this person for a signature."""


class SignaturesMissing(LeaseError):
    """Somebody has not signed this version. `missing` lists their keys, such as `tenant2`."""

    def __init__(self, message: str = "", missing: Sequence[str] = ()) -> None:
        self.missing = list(missing)
        super().__init__(message or "Not everyone has signed this version of the lease.")


class SignaturesAreKept(LeaseError):
    """A signature can be added, but never changed or removed."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or "Signatures are evidence: they cannot be changed or removed.")


class LeaseIsKept(LeaseError):
    """Only a draft that was never signed may be deleted."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or "Only a draft can be deleted. Cancel this lease instead; its record is kept.")


class UnitAlreadyLet(LeaseError):
    """Another lease holds the unit on some of the same days."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or "Another lease holds this unit on some of these days. Change the dates first.")


class RentStepOutsideTerm(LeaseError):
    """A rent step does not lie within the lease's dates."""

    def __init__(self, message: str = "") -> None:
        super().__init__(
            message or "A rent step must come after the first day of the lease and not after its last day."
        )


class TooEarly(LeaseError):
    """The day for this has not come yet."""


class CannotRenew(LeaseError):
    """The lease cannot have a renewal now. The message says why."""


class AlreadyRenewed(CannotRenew):
    """The lease has a renewal that was not cancelled."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or "This lease already has a renewal.")


class OfflineSigningRefused(LeaseError):
    """An offline signing lacks its reason or its scan."""
