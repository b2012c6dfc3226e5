"""Each how-to page names files that exist, and each forgotten step of it is found by a test."""

import re
from collections.abc import Sequence
from dataclasses import fields
from io import StringIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.urls import reverse

from esign.admin.envelopes.actions import ACTION_PROMPTS
from esign.documents.clauses import REQUIRED_CLAUSES
from esign.documents.languages import TABLES
from esign.documents.packet import MAIN_DOCUMENTS
from esign.docusign.definitions import EVENTS
from esign.envelopes.action_rules import EnvelopeAction
from esign.evidence.disclosure import VERSION
from esign.models import Purpose, Role
from esign.models.template import Kind
from leases.languages import CODES, ENGLISH, IN_ENGLISH
from leases.lease_rules import TERMS_COLUMNS
from leases.models import Lease
from leases.models.lease_fields import LeaseTerms
from leases.models.parties import PartyRole
from propertyapp.local.environment import BASE_DIR
from propertyapp.roles import ROLES
from tests.factories import LeaseFactory

DOCS = BASE_DIR / "docs"
PAGES = sorted((DOCS / "how-to").glob("add-*.md"))
TEMPLATES = BASE_DIR / "templates" / "documents"


@pytest.mark.parametrize("guide", [*PAGES, DOCS / "architecture.md"], ids=lambda guide: guide.stem)
def test_every_file_that_a_page_names_exists(guide: Path) -> None:
    named = re.findall(r"`((?:[\w*.<>-]+/)+[\w*.<>-]*)`", guide.read_text())
    places = [name for name in named if "<" not in name and not name.endswith("/.")]
    assert places
    assert [place for place in places if not list(BASE_DIR.glob(place.rstrip("/")))] == []


# --- a recipient role -------------------------------------------------------------------------------------


def test_every_role_of_a_lease_is_a_role_of_envelopes_and_has_words_in_every_language() -> None:
    signing = {*PartyRole.values, "landlord"}
    assert signing <= set(Role.values)
    for table in TABLES.values():
        assert signing <= set(table.signature_words), table.code


# --- a document -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", Kind.values)
def test_every_document_is_written_in_every_language(kind: str) -> None:
    for code in CODES:
        folder = TEMPLATES if code == ENGLISH else TEMPLATES / code
        assert (folder / f"{kind}.html").is_file(), (kind, code)


def test_every_template_file_is_a_kind_that_staff_can_publish() -> None:
    files = {path.stem for path in TEMPLATES.glob("*.html") if not path.stem.startswith("_")} - {"base"}
    assert files == set(Kind.values)


def test_every_document_that_must_keep_clauses_is_a_kind_and_the_binding_ones_have_some() -> None:
    assert set(REQUIRED_CLAUSES) <= set(Kind.values)
    notices = {kind for kind in Kind.values if kind.startswith("notice")}
    assert set(Kind.values) - notices <= set(REQUIRED_CLAUSES)


def test_every_document_of_a_packet_is_a_kind() -> None:
    assert {name for names in MAIN_DOCUMENTS.values() for name in names} <= set(Kind.values)


# --- a printed field --------------------------------------------------------------------------------------


def test_every_field_of_the_terms_is_frozen_when_the_lease_goes_out() -> None:
    columns = {field.column for field in LeaseTerms._meta.get_fields() if field.concrete}
    # The number never changes at all; another rule says so.
    assert columns - {"number"} == set(TERMS_COLUMNS)


@pytest.mark.django_db
@pytest.mark.parametrize("column", [name for name in TERMS_COLUMNS if not name.endswith("_id")])
def test_every_field_of_the_terms_changes_the_hash(column: str) -> None:
    lease: Lease = LeaseFactory()
    before = lease.terms_sha256()
    value = getattr(lease, column)
    setattr(lease, column, value.replace(year=value.year + 1) if hasattr(value, "year") else value + 1)
    assert lease.terms_sha256() != before


def rights_of_roles() -> set[tuple[str, str]]:
    return {
        (app, f"{verb}_{model}")
        for rights in ROLES.values()
        for (app, model), verbs in rights.items()
        for verb in verbs
    }


# --- a staff action ---------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("button", list(EnvelopeAction))
def test_every_action_on_an_envelope_has_a_page_and_a_permission_that_a_role_has(button: EnvelopeAction) -> None:
    app, codename = ACTION_PROMPTS[button].permission.split(".")
    assert Permission.objects.filter(content_type__app_label=app, codename=codename).exists()
    given = {
        (app, f"{verb}_{model}") for role in ROLES.values() for (app, model), verbs in role.items() for verb in verbs
    }
    assert (app, codename) in given
    assert reverse("admin:esign_envelope_press", args=[button])


@pytest.mark.django_db
def test_every_right_of_a_role_is_a_permission_that_exists() -> None:
    known = set(Permission.objects.values_list("content_type__app_label", "codename"))
    wanted = {
        (app, f"{verb}_{model}") for role in ROLES.values() for (app, model), verbs in role.items() for verb in verbs
    }
    assert wanted - known == set()


# --- a Connect event --------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_that_we_ask_for_is_sent_by_the_emulator_and_told_to_the_operator(event: str) -> None:
    assert f'"{event}"' in (BASE_DIR / "docusign_emulator" / "connect" / "messages.py").read_text()
    assert f"`{event}`" in (DOCS / "connect-docusign.md").read_text()


# --- a language -------------------------------------------------------------------------------------------


def texts(catalog: Catalog) -> set[tuple[str, ...]]:
    """Every text with its translation; of a plural, all its forms."""
    return {(*forms_of(one.id), *forms_of(one.string)) for one in catalog if one.id and one.string and not one.fuzzy}


def forms_of(text: str | Sequence[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


@pytest.mark.parametrize("code", CODES)
def test_every_language_has_a_table_a_disclosure_and_a_name(code: str) -> None:
    assert code in IN_ENGLISH
    assert (BASE_DIR / "templates" / "disclosure" / f"{VERSION}.{code}.html").is_file()
    table, english = TABLES[code], TABLES[ENGLISH]
    for field in fields(english):
        wanted, found = getattr(english, field.name), getattr(table, field.name)
        if isinstance(wanted, dict) and field.name != "addendum_titles":
            assert set(found) == set(wanted), f"{code}: {field.name}"
    assert set(Purpose.values) <= set(table.subjects)
    if code != ENGLISH:
        folder = BASE_DIR / "esign" / "locale" / code / "LC_MESSAGES"
        with (folder / "django.po").open("rb") as written, (folder / "django.mo").open("rb") as compiled:
            assert texts(read_mo(compiled)) == texts(read_po(written)), "run manage.py compilemessages"


# --- the pages themselves ---------------------------------------------------------------------------------


def test_the_diagram_of_the_tables_is_the_one_that_the_command_writes() -> None:
    out = StringIO()
    call_command("entity_diagram", stdout=out)
    assert (DOCS / "entities.md").read_text() == out.getvalue()


def test_every_decision_says_its_status_its_reason_and_what_would_change_it() -> None:
    listed = (DOCS / "decisions" / "README.md").read_text()
    pages = sorted((DOCS / "decisions").glob("0*.md"))
    assert len(pages) >= 12
    for page in pages:
        text = page.read_text()
        assert f"({page.name})" in listed, page.name
        assert re.search(r"^Status: (accepted|replaced by .+), \d{4}-\d\d-\d\d$", text, re.MULTILINE), page.name
        assert "**Why.**" in text
        assert "**What would change it.**" in text
