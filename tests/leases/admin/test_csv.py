"""Units and tenants as CSV, out and in."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from leases import imports
from leases.models import ImportJob, Tenant, Unit
from leases.tasks import sweep_imports
from leases.transfer import Text
from tests.factories import PropertyFactory, TenantFactory, UnitFactory, UserFactory

UNITS, TENANTS = "unit", "tenant"


def choose(client: Client, model: str, text: str) -> Any:
    """The first step: a worker looks at what would happen. Nothing is changed yet. The page that tells of it."""
    upload = SimpleUploadedFile("rows.csv", text.encode(), content_type="text/csv")
    answer = client.post(reverse(f"admin:leases_{model}_import"), {"import_file": upload})
    if answer.status_code != 302:
        return answer
    imports.work(ImportJob.objects.latest("created_at").pk)
    return client.get(answer.headers["Location"])


def confirm(client: Client, page: Any) -> Any:
    """Press the button, and let a worker do it."""
    job = page.context["job"]
    assert client.post(page.request["PATH_INFO"], {"sure": "yes"}).status_code == 302
    imports.work(job.pk)
    return client.get(page.request["PATH_INFO"])


def lines(response: Any) -> list[str]:
    """What is wrong, line by line."""
    problems: list[str] = response.context["job"].problems
    assert all(escape(problem) in response.content.decode() for problem in problems)
    return problems


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
    confirm(office, preview)
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
    assert "<del>1850.00</del> <ins>1999</ins>" in " ".join(said.split())
    assert said.count("<del>") == 1, "1.0 bathrooms and 1 bathroom are the same"
    assert "&lt;b&gt;9&lt;/b&gt;" in said


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
    confirm(office, preview)
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
    assert preview.context["job"].unchanged == 3


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
    assert choose(boss, TENANTS, exported).context["job"].unchanged == 1, "and comes in as it was"


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
        ("\0\0\0", "The file has no column"),
        ("name\temail\nx\ty\n", "The file has no column"),
    ],
)
def test_a_file_that_cannot_be_imported_is_refused_with_the_reason(text: str, said: str, office: Client) -> None:
    answer = choose(office, TENANTS, text)
    assert answer.status_code in (200, 422)
    assert said in answer.content.decode()
    assert not Tenant.objects.exists()


def test_a_file_that_is_no_text_is_refused(office: Client) -> None:
    upload = SimpleUploadedFile("rows.csv", b"name,email\nGr\xe4ce,g@mail.example\n")
    answer = office.post(reverse("admin:leases_tenant_import"), {"import_file": upload})
    imports.work(ImportJob.objects.get().pk)
    assert "Save it as CSV (UTF-8)" in office.get(answer.headers["Location"]).content.decode()


TWO_TENANTS = "name,email\nGrace Park,g@mail.example\nIvo Bell,i@mail.example\n"


def test_an_import_that_was_confirmed_twice_or_enqueued_twice_is_done_once(office: Client) -> None:
    page = choose(office, TENANTS, TWO_TENANTS)
    done = confirm(office, page)
    told = office.post(page.request["PATH_INFO"], {"sure": "yes"}, follow=True)
    imports.work(page.context["job"].pk)

    assert "2 new, 0 changed" in done.content.decode()
    assert "does not wait for your confirmation" in told.content.decode()
    assert Tenant.objects.count() == 2
    assert LogEntry.objects.get().change_message == "Imported rows.csv: 2 new, 0 changed."
    assert {one.history_user for one in Tenant.history.all()} == {ImportJob.objects.get().asked_by}


def test_only_who_sent_a_file_has_it_imported(office: Client, boss: Client) -> None:
    """It is done under their name, and within their portfolios."""
    page = choose(office, TENANTS, TWO_TENANTS).request["PATH_INFO"]
    assert "confirms it" in boss.get(page).content.decode()
    boss.post(page, {"sure": "yes"})

    assert ImportJob.objects.get().state == ImportJob.State.CHECKED


def test_a_file_that_outlived_its_worker_is_removed_by_the_sweep(office: Client) -> None:
    job = choose(office, TENANTS, TWO_TENANTS).context["job"]
    ImportJob.objects.filter(pk=job.pk).update(state=ImportJob.State.DONE)
    sweep_imports()

    assert not default_storage.exists(job.file.name)
    assert not ImportJob.objects.get().file


def test_a_file_is_kept_only_until_it_is_decided(office: Client) -> None:
    page = choose(office, TENANTS, TWO_TENANTS)
    name = str(ImportJob.objects.get().file.name)
    assert default_storage.exists(name)
    confirm(office, page)
    assert not default_storage.exists(name)

    choose(office, TENANTS, "name\nGrace\n")
    assert not ImportJob.objects.latest("created_at").file, "nor one that was refused"

    choose(office, TENANTS, TWO_TENANTS.replace("Park", "Hall"))
    left = ImportJob.objects.filter(state=ImportJob.State.CHECKED)
    left.update(created_at=timezone.now() - timedelta(days=2))
    sweep_imports()
    assert not left.exists()
    assert ImportJob.objects.latest("pk").state == ImportJob.State.LAPSED
    assert not ImportJob.objects.latest("pk").file


def test_what_changed_between_the_look_and_the_import_is_checked_again(office: Client) -> None:
    home = PropertyFactory(name="Maple Court")
    page = choose(office, UNITS, "property,number\nMaple Court,101\nMaple Court,102\n")
    home.name = "Oak Court"
    home.save()
    done = confirm(office, page)

    assert lines(done) == [f"Line {line}: There is no property called “Maple Court”; add it first." for line in (2, 3)]
    assert not Unit.objects.exists(), "all of the file, or nothing"


def test_an_import_that_keeps_breaking_off_is_given_up_with_a_word(office: Client) -> None:
    """A worker that is killed in the middle has counted its try, and its transaction is gone."""
    page = choose(office, TENANTS, TWO_TENANTS)
    job = page.context["job"]
    office.post(page.request["PATH_INFO"], {"sure": "yes"})
    ImportJob.objects.filter(pk=job.pk).update(tries=imports.TRIES)
    imports.work(job.pk)

    assert "It broke off three times" in office.get(page.request["PATH_INFO"]).content.decode()
    assert not Tenant.objects.exists()


def test_an_import_without_a_worker_is_found_by_the_sweep(office: Client) -> None:
    upload = SimpleUploadedFile("rows.csv", TWO_TENANTS.encode())
    office.post(reverse("admin:leases_tenant_import"), {"import_file": upload})
    assert imports.waiting() == [], "it has only just been sent"

    ImportJob.objects.update(created_at=timezone.now() - timedelta(minutes=10))
    assert imports.waiting() == [ImportJob.objects.get().pk]


def test_imports_of_others_are_seen_with_the_right_to_import_their_kind(office: Client) -> None:
    page = choose(office, TENANTS, TWO_TENANTS).request["PATH_INFO"]
    client = Client()
    client.force_login(UserFactory(is_superuser=False))
    assert client.get(page).status_code == 403
    assert client.post(page, {"sure": "yes"}).status_code == 403

    writer = UserFactory(is_superuser=False)
    writer.user_permissions.add(*Permission.objects.filter(codename__in=["add_unit", "change_unit"]))
    client.force_login(writer)
    assert client.get(page).status_code == 404
    assert client.get(reverse("admin:leases_importjob_changelist")).status_code == 200


def test_importing_needs_permission_to_add_and_change(db: None) -> None:
    client = Client()
    client.force_login(UserFactory(is_superuser=False))
    for model in (UNITS, TENANTS):
        assert client.get(reverse(f"admin:leases_{model}_import")).status_code == 403
        assert client.get(reverse(f"admin:leases_{model}_export")).status_code == 403
