"""Units and tenants as CSV: out, and in again with every problem named by its row."""

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib.auth.models import User
from import_export import fields, resources, widgets

from leases.languages import ENGLISH, LANGUAGES
from leases.models import Channel, Property, Tenant, Unit
from leases.visibility import visible_to

# What spreadsheets take for the beginning of a formula, full-width signs too, behind blanks that they skip.
# https://owasp.org/www-community/attacks/CSV_Injection
FORMULA = re.compile(r"[\s\u200b\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")


class PropertyByName(widgets.ForeignKeyWidget):  # type: ignore[misc]  # import-export has no types
    """A property is named in a CSV file, not numbered."""

    user: User  # whose portfolios the name is looked up in

    def __init__(self) -> None:
        super().__init__(Property, field="name")

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Property:
        name = str(value or "").strip()
        home = visible_to(self.user, Property.objects.filter(name__iexact=name)).first()
        if home is None:
            raise ValueError(f"There is no property called “{name}”; add it first." if name else "Name the property.")
        return home


class OneOf(widgets.CharWidget):  # type: ignore[misc]  # import-export has no types
    """A choice, by its value or by what people call it."""

    def __init__(self, choices: list[tuple[str, Any]], default: str) -> None:
        super().__init__()
        self.known = {str(label).lower(): value for value, label in choices} | {value: value for value, _ in choices}
        self.default = default

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        given = str(value or "").strip().lower()
        if not given:
            return self.default
        if given not in self.known:
            raise ValueError(f"“{value}” is not known here. Use one of: {', '.join(sorted(set(self.known.values())))}.")
        return self.known[given]


class Text(widgets.CharWidget):  # type: ignore[misc]  # import-export has no types
    """Words. What a spreadsheet would run as a formula goes out behind an apostrophe, and comes in without it."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        given = str("" if value is None else value)
        return (given[1:] if given[:1] == "'" and FORMULA.match(given[1:]) else given).strip()

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        words = str(value or "")
        return f"'{words}" if FORMULA.match(words) else words


class Number(widgets.Widget):  # type: ignore[misc]  # import-export has no types
    """A number, with or without a dollar sign and commas; nothing where the cell is empty."""

    def __init__(self, empty: Any = None) -> None:
        super().__init__()
        self.empty = empty

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        given = str("" if value is None else value).strip().replace(",", "").removeprefix("$")
        if not given:
            return self.empty
        try:
            number = Decimal(given)
        except InvalidOperation:
            raise ValueError(f"“{value}” is not a number.") from None
        if not number.is_finite():
            raise ValueError(f"“{value}” is not a number.")
        return number

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else str(value)


class WholeValues(resources.Diff):  # type: ignore[misc]  # import-export has no types
    """What a line changes, value by value: a rent of 1850.00 that becomes 1999 reads as that, not digit by digit."""

    def as_html(self) -> list[list[str]]:
        """For each column what it becomes, and before that what it was, where it is there already and changes."""
        return [
            [str(new)] if self.new or _same(str(old), str(new)) else [str(old), str(new)]
            for old, new in zip(self.left, self.right, strict=False)
        ]


def _same(old: str, new: str) -> bool:
    """1.0 in the record is the 1 of a file."""
    try:
        return Decimal(old) == Decimal(new)
    except InvalidOperation:
        return old == new


class ImportedRow(resources.ModelResource):  # type: ignore[misc]  # import-export has no types
    """A row is checked as the form would check it, and left alone if nothing in it is new."""

    required_columns: tuple[str, ...] = ()

    def __init__(self, user: User, on_row: Callable[[int], None] | None = None, **kwargs: Any) -> None:
        """`user` asks for it: only rows of their portfolios go out or are changed. `on_row` hears how many are done."""
        super().__init__(**kwargs)
        self.user, self.on_row, self.done = user, on_row, 0

    def after_import_row(self, row: Any, row_result: Any, **kwargs: Any) -> None:
        self.done += 1
        if self.on_row:
            self.on_row(self.done)

    def get_queryset(self) -> Any:
        return visible_to(self.user, super().get_queryset())

    def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        instance._history_user = self.user

    @classmethod
    def get_diff_class(cls) -> type[WholeValues]:
        return WholeValues

    class Meta:
        clean_model_instances = True
        skip_unchanged = True
        report_skipped = True
        use_transactions = True

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        columns = dataset.headers or []
        missing = [column for column in self.required_columns if column not in columns]
        if missing:
            raise ValueError(
                f"The file has no column {' and no column '.join(missing)}. "
                f"The first line must name the columns: {', '.join(self.get_import_order())}."
            )


class UnitResource(ImportedRow):
    """A unit is known by its property and its number."""

    required_columns = ("property", "number")

    def __init__(self, user: User, on_row: Callable[[int], None] | None = None, **kwargs: Any) -> None:
        super().__init__(user, on_row, **kwargs)
        self.fields["property"].widget.user = user

    property = fields.Field("property", "property", PropertyByName())
    number = fields.Field("number", "number", Text())
    bedrooms = fields.Field("bedrooms", "bedrooms", Number(empty=1))
    bathrooms = fields.Field("bathrooms", "bathrooms", Number(empty=Decimal(1)))
    square_feet = fields.Field("square_feet", "square_feet", Number())
    market_rent = fields.Field("market_rent", "market_rent", Number())

    class Meta(ImportedRow.Meta):
        model = Unit
        import_id_fields = ("property", "number")
        fields = ("property", "number", "bedrooms", "bathrooms", "square_feet", "market_rent")


class TenantResource(ImportedRow):
    """A tenant is known by name and e-mail together, because co-tenants may share an address."""

    required_columns = ("name", "email")
    name = fields.Field("name", "name", Text())
    email = fields.Field("email", "email", Text())
    language = fields.Field("language", "language", OneOf(LANGUAGES, ENGLISH))
    preferred_channel = fields.Field("preferred_channel", "preferred_channel", OneOf(Channel.choices, Channel.PORTAL))

    class Meta(ImportedRow.Meta):
        model = Tenant
        import_id_fields = ("name", "email")
        fields = ("name", "email", "phone", "language", "preferred_channel")
