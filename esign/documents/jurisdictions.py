"""The names of the states whose law may govern a lease, as contracts write them."""

from esign.documents.errors import DocumentError

STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "FL": "Florida", "GA": "Georgia", "HI": "Hawaii", "ID": "Idaho",
    "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana",
    "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota",
    "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada",
    "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York", "NC": "North Carolina",
    "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania",
    "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas",
    "UT": "Utah", "VT": "Vermont", "VA": "Virginia", "WA": "Washington", "WV": "West Virginia",
    "WI": "Wisconsin", "WY": "Wyoming", "DC": "District of Columbia", "PR": "Puerto Rico",
}  # fmt: skip


class UnknownJurisdiction(DocumentError):
    """A property names a jurisdiction whose law no document of ours can refer to."""


def state_of(jurisdiction: str) -> str:
    """The code of the state, such as `CA` from `US-CA`.

    Raises `UnknownJurisdiction` for a code that is not a US state, the District of Columbia or Puerto Rico.
    """
    country, _, code = jurisdiction.partition("-")
    if country != "US" or code not in STATES:
        raise UnknownJurisdiction(
            f"The jurisdiction “{jurisdiction}” of the property is not one whose law our documents know; "
            "use a code like US-CA."
        )
    return code
