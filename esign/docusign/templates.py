"""Calls about templates of the account and about the fields of generated documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from esign.docusign.answers import parse_uuid, text
from esign.docusign.client import DocusignClient
from esign.docusign.errors import DocusignUnknown
from esign.models import Envelope

PAGE = 100

# Tabs that can be given a value, by the list in which Docusign keeps them.
FILLABLE = {
    "textTabs": "text",
    "numberTabs": "number",
    "dateTabs": "date",
    "emailTabs": "email",
    "listTabs": "list",
    "checkboxTabs": "checkbox",
}


@dataclass(frozen=True)
class TemplateName:
    template_id: UUID
    name: str


@dataclass(frozen=True)
class TemplateRole:
    name: str
    order: int
    recipient_id: int | None  # None: it has no number that an envelope of ours could carry
    signs: bool


@dataclass(frozen=True)
class TemplateTab:
    role: str
    label: str
    kind: str
    required: bool
    locked: bool
    value: str = ""


@dataclass(frozen=True)
class TemplateDetail:
    """A template with what has to be known to send by it."""

    name: str
    roles: tuple[TemplateRole, ...]
    tabs: tuple[TemplateTab, ...]


@dataclass(frozen=True)
class GenField:
    """One field of a Word document in a draft. `columns`: of a row that repeats."""

    document: str  # the GUID, which changes with every filling
    name: str
    kind: str
    required: bool = False
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class GenValue:
    """What one field is filled with: text, or for a row that repeats a mapping per row."""

    document: str
    name: str
    value: str = ""
    rows: tuple[Mapping[str, str], ...] = ()


class TemplateClient(DocusignClient):
    """Docusign's templates for one connection, by the same budget, token and record as every call."""

    def list_templates(self) -> list[TemplateName]:
        """Every template that the account's user may use, by name.

        https://developers.docusign.com/docs/esign-rest-api/reference/templates/templates/list/
        """
        found: dict[UUID, TemplateName] = {}
        start = 0
        while True:
            data = self._call("listTemplates", partial(_list, account=self._account, start=start))
            rows = data.get("envelopeTemplates")
            page = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
            for row in page:
                if template_id := parse_uuid(row.get("templateId")):
                    found[template_id] = TemplateName(template_id, text(row.get("name"), 100))
            start += len(page)
            total = str(data.get("totalSetSize", ""))
            if not page or not total.isdecimal() or start >= int(total):
                return list(found.values())

    def get_template(self, template_id: UUID) -> TemplateDetail:
        """One template with its roles and their tabs. Raises DocusignNotFound or DocusignRefused when it is gone.

        https://developers.docusign.com/docs/esign-rest-api/reference/templates/templates/get/
        """

        def send(api: Any) -> Any:
            from docusign_esign import TemplatesApi

            return TemplatesApi(api).get_with_http_info(self._account, str(template_id), include="recipients,tabs")

        return parse_template(self._call("getTemplate", send))

    def gen_fields(self, envelope: Envelope) -> list[GenField]:
        """The fields of the Word documents in a draft.

        https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/documentgeneration/getdocgenformfields/
        """

        def send(api: Any) -> Any:
            from docusign_esign import EnvelopesApi

            return EnvelopesApi(api).get_envelope_doc_gen_form_fields_with_http_info(
                self._account, str(envelope.docusign_id)
            )

        return list(_gen_fields(self._call("getDocGenFormFields", send, envelope=envelope)))

    def fill_gen_fields(self, envelope: Envelope, values: list[GenValue]) -> None:
        """Fill them. Doing it again with the same values makes the same document. Docusign checks no value.

        https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/documentgeneration/updatedocgenformfields/
        """
        documents: dict[str, list[dict[str, Any]]] = {}
        for one in values:
            documents.setdefault(one.document, []).append(_gen_value(one))
        request = {
            "docGenFormFields": [
                {"documentId": document, "docGenFormFieldList": fields} for document, fields in documents.items()
            ]
        }

        def send(api: Any) -> Any:
            from docusign_esign import EnvelopesApi

            return EnvelopesApi(api).update_envelope_doc_gen_form_fields_with_http_info(
                self._account, str(envelope.docusign_id), doc_gen_form_field_request=request
            )

        self._call("updateDocGenFormFields", send, envelope=envelope)


def _list(api: Any, account: str, start: int) -> Any:
    from docusign_esign import TemplatesApi

    return TemplatesApi(api).list_templates_with_http_info(
        account, start_position=str(start), count=str(PAGE), order_by="name", user_filter="all"
    )


def parse_template(data: Mapping[str, Any]) -> TemplateDetail:
    """Raises DocusignUnknown for an answer without a name."""
    name = text(data.get("name"), 100)
    if not name:
        raise DocusignUnknown("Docusign's answer about the template cannot be read.")
    people = data.get("recipients")
    lists = [(k, rows) for k, rows in people.items() if isinstance(rows, list)] if isinstance(people, Mapping) else []
    named = [(k, row) for k, rows in lists for row in rows if isinstance(row, Mapping) and row.get("roleName")]
    roles = tuple(sorted((_role(row, k == "signers") for k, row in named), key=lambda role: (role.order, role.name)))
    return TemplateDetail(name, roles, tuple(tab for _, row in named for tab in _tabs(row)))


def _role(row: Mapping[str, Any], signs: bool) -> TemplateRole:
    number, order = str(row.get("recipientId") or ""), str(row.get("routingOrder") or "1")
    return TemplateRole(
        text(row["roleName"], 100),
        int(order) if order.isdecimal() else 1,
        int(number) if number.isdecimal() and len(number) < 10 else None,
        signs,
    )


def _tabs(row: Mapping[str, Any]) -> Iterator[TemplateTab]:
    groups = row.get("tabs")
    for group, kind in FILLABLE.items():
        tabs = groups.get(group) if isinstance(groups, Mapping) else None
        for tab in tabs if isinstance(tabs, list) else []:
            if isinstance(tab, Mapping) and tab.get("tabLabel"):
                yield TemplateTab(
                    text(row["roleName"], 100),
                    text(tab["tabLabel"], 100),
                    kind,
                    _true(tab.get("required")),
                    _true(tab.get("locked")),
                    text(tab.get("value"), 200),
                )


def _gen_fields(data: Mapping[str, Any]) -> Iterator[GenField]:
    documents = data.get("docGenFormFields")
    for document in documents if isinstance(documents, list) else []:
        fields = document.get("docGenFormFieldList") if isinstance(document, Mapping) else None
        for row in fields if isinstance(fields, list) else []:
            if isinstance(row, Mapping) and row.get("name"):
                yield GenField(
                    str(document.get("documentId") or ""),
                    str(row["name"]),
                    text(row.get("type"), 30),
                    _true(row.get("required")),
                    tuple(_columns(row.get("rowValues"))),
                )


def _columns(rows: object) -> Iterator[str]:
    first = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], Mapping) else {}
    cells = first.get("docGenFormFieldList")
    for cell in cells if isinstance(cells, list) else []:
        if isinstance(cell, Mapping) and cell.get("name"):
            yield str(cell["name"])


def _gen_value(one: GenValue) -> dict[str, Any]:
    if not one.rows:
        return {"name": one.name, "value": one.value}
    rows = [
        {"docGenFormFieldList": [{"name": name, "value": value} for name, value in row.items()]} for row in one.rows
    ]
    return {"name": one.name, "rowValues": rows}


def _true(value: object) -> bool:
    return str(value).lower() == "true"
