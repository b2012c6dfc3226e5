"""Units and tenants as CSV, out and in."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from leases.admin.transfer import Text
from leases.models import Tenant, Unit
from tests.factories import PropertyFactory, TenantFactory, UnitFactory, UserFactory

UNITS, TENANTS = "unit", "tenant"


def choose(client: Client, model: str, text: str) -> Any:
    """The first step: a look at what would happen. Nothing is changed yet."""
    upload = SimpleUploadedFile("rows.csv", text.encode(), content_type="text/csv")
    return client.post(reverse(f"admin:leases_{model}_import"), {"format": "0", "import_file": upload})


def confirm(client: Client, model: str, preview: Any) -> None:
    answers = preview.context["confirm_form"].initial
    assert client.post(reverse(f"admin:leases_{model}_process_import"), answers).status_code == 302


def lines(response: Any) -> list[str]:
    """The sentences of the page that start with a line number."""
    words = response.content.decode().replace("</span>", "").split("<li>")[1:]
    found = [part.split("</li>")[0].split(">")[-1].strip() for part in words]
    return [line for line in found if line.startswith("Line")]


def test_units_come_in_from_a_file_and_known_ones_are_changed(office: Client) -> None:
    home = PropertyFactory(name="Maple Court")
    known = UnitFactory(property=home, number="101", market_rent=2000)
    preview = choose(
        office, UNITS,
        "property,number,bedrooms,bathrooms,square_feet,market_rent\n"
        'Maple Court,101,2,1.5,840,"$2,150.00"\n'
        "maple court,102,,,,\n",
    )  # fmt: skip
    assert Unit.objects.count() == 1, "nothing is changed before it is confirmed"
    confirm(office, UNITS, preview)
    known.refresh_from_db()
    new = Unit.objects.get(number="102")
    assert known.market_rent == 2150
    assert new.property == home
    assert (new.bedrooms, new.bathrooms, new.market_rent) == (1, Decimal(1), None)


def test_the_look_beforehand_shows_each_value_before_and_after(office: Client) -> None:
    home = PropertyFactory(name="Maple Court")
    UnitFactory(property=home, number="101", bedrooms=2, bathrooms=Decimal("1.0"), square_feet=520, market_rent=1850)
    preview = choose(
        office, UNITS,
        "property,number,bedrooms,bathrooms,square_feet,market_rent\n"
        "Maple Court,101,2,1,520,1999\n"
        "Maple Court,<b>9</b>,1,1,500,1500\n",
    )  # fmt: skip
    said = preview.content.decode()
    assert "<del>1850.00</del> <ins>1999</ins>" in said
    assert said.count("<del>") == 1, "1.0 bathrooms and 1 bathroom are the same"
    assert "<ins>&lt;b&gt;9&lt;/b&gt;</ins>" in said


def test_every_line_that_is_wrong_is_named_and_nothing_is_imported(office: Client) -> None:
    PropertyFactory(name="Maple Court")
    response = choose(
        office, UNITS,
        "property,number,bedrooms,bathrooms,square_feet,market_rent\n"
        "Maple Court,101,2,1.5,840,2000\n"
        "Elm House,1,1,1,500,1500\n"
        ",2,1,1,500,1500\n"
        "Maple Court,102,two,1,500,1500\n"
        "Maple Court,103,1,1,500,-5\n",
    )  # fmt: skip
    assert lines(response) == [
        "Line 3: There is no property called “Elm House”; add it first.",
        "Line 4: Name the property.",
        "Line 5, bedrooms: “two” is not a number.",
        "Line 6, market_rent: Ensure this value is greater than or equal to 0.",
    ]
    assert "Nothing was imported" in response.content.decode()
    assert not Unit.objects.exists()


def test_a_file_without_the_columns_is_refused_with_their_names(office: Client) -> None:
    response = choose(office, TENANTS, "Name;Mail\nGrace;g@mail.example\n")
    assert "The file has no column name and no column email." in response.content.decode()


def test_tenants_are_told_apart_by_name_and_e_mail_together(office: Client) -> None:
    TenantFactory(name="Marcus Bell", email="bell@mail.example", language="en")
    preview = choose(
        office, TENANTS,
        "name,email,phone,language,preferred_channel\n"
        "Marcus Bell,bell@mail.example,(415) 555-0121,Español,\n"
        "Tamika Bell,bell@mail.example,,es,Text message\n",
    )  # fmt: skip
    assert lines(preview) == ["Line 3, phone: Signing by text message needs a phone number."]
    preview = choose(
        office, TENANTS,
        "name,email,phone,language,preferred_channel\n"
        "Marcus Bell,bell@mail.example,(415) 555-0121,Español,\n"
        "Tamika Bell,bell@mail.example,415-555-0122,es,sms\n",
    )  # fmt: skip
    confirm(office, TENANTS, preview)
    assert Tenant.objects.count() == 2
    marcus, tamika = Tenant.objects.order_by("name")
    assert (marcus.language, str(marcus.phone)) == ("es", "+14155550121")
    assert tamika.preferred_channel == "sms"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("Grace,not an address,,,", "Line 2, email: Enter a valid email address."),
        ("Grace,g@mail.example,12,,", "Line 2, phone: "),
        ("Grace,g@mail.example,,Klingon,", "Line 2, language: “Klingon” is not known here. Use one of: en, es."),
        (f"{'G' * 201},g@mail.example,,,", "Line 2, name: Ensure this value has at most 200 characters"),
        (",g@mail.example,,,", "Line 2, name: This field cannot be blank."),
    ],
)
def test_a_tenant_that_cannot_be_is_named(office: Client, row: str, words: str) -> None:
    response = choose(office, TENANTS, f"name,email,phone,language,preferred_channel\n{row}\n")
    assert any(line.startswith(words) for line in lines(response)), lines(response)
    assert not Tenant.objects.exists()


def test_what_goes_out_comes_in_unchanged(office: Client) -> None:
    UnitFactory.create_batch(3)
    exported = office.get(reverse("admin:leases_unit_export")).content.decode()
    preview = choose(office, UNITS, exported)
    assert preview.context["result"].totals["skip"] == 3


@pytest.mark.parametrize(
    "name",
    [
        '=HYPERLINK("http://evil.example")',
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\uff1dHYPERLINK(1)",
        "\u200b=1+1",
    ],
)
def test_a_name_that_looks_like_a_formula_goes_out_as_text(name: str, boss: Client) -> None:
    TenantFactory(name=name)
    exported = boss.get(reverse("admin:leases_tenant_export")).content.decode()
    assert f"\n'{name[:2]}" in exported or f"\n\"'{name[:2]}" in exported
    assert choose(boss, TENANTS, exported).context["result"].totals["skip"] == 1, "and comes in as it was"


@pytest.mark.parametrize("text", ["\t=1+1", "\r=1+1", "  =1+1", " \uff0b1"])
def test_blanks_before_a_formula_hide_it_from_no_spreadsheet(text: str) -> None:
    assert Text().render(text) == f"'{text}"
    assert Text().clean(f"'{text}") == text.strip()


def test_the_list_of_all_tenants_takes_a_right_of_its_own_and_is_written_down(office: Client, boss: Client) -> None:
    TenantFactory.create_batch(3)
    assert office.get(reverse("admin:leases_tenant_export")).status_code == 403
    assert not LogEntry.objects.exists()

    assert boss.get(reverse("admin:leases_tenant_export")).status_code == 200
    assert "Exported 3 tenants as CSV." in LogEntry.objects.get().change_message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,email\n" + "x" * 1024 * 1024 + ",a@mail.example\n", "kB can be imported at once"),
        ("name,email\n" + "x,a@mail.example\n" * 2_001, "lines; 2,000 can be imported at once"),
        ("<!DOCTYPE html>\n<html></html>\n", "The file has no column name and no column email"),
        ("", "empty"),
        ("\0\0\0", ""),
        ("name\temail\nx\ty\n", "The file has no column"),
    ],
)
def test_a_file_that_cannot_be_imported_is_refused_with_the_reason(text: str, said: str, office: Client) -> None:
    answer = choose(office, TENANTS, text)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not Tenant.objects.exists()


@pytest.mark.parametrize("name", ["0" * 32, "../../etc/passwd", "/etc/passwd", ""])
def test_an_upload_that_is_not_kept_cannot_be_confirmed(name: str, office: Client) -> None:
    answers = {"format": "0", "import_file_name": name, "original_file_name": "x.csv", "resource": ""}
    assert office.post(reverse("admin:leases_tenant_process_import"), answers).status_code in (200, 404)
    assert not Tenant.objects.exists()


def test_importing_needs_permission_to_add_and_change(db: None) -> None:
    client = Client()
    client.force_login(UserFactory(is_superuser=False))
    for model in (UNITS, TENANTS):
        assert client.get(reverse(f"admin:leases_{model}_import")).status_code == 403
        assert client.get(reverse(f"admin:leases_{model}_export")).status_code == 403
