"""Evidence: any later change is found, with our database or without it."""

import hashlib
import io
import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from esign.envelopes.freeze import freeze
from esign.evidence import keys, package_check
from esign.evidence.disclosure import VERSION, disclosure
from esign.evidence.package import export, verify_lease
from esign.evidence.package_check import verify_package
from esign.models import AuditEvent, EnvelopeDocument
from esign.portal.consent import record
from leases.models import Lease
from tests.esign.evidence.insider import at_the_database
from tests.factories import LeaseFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def lease() -> Lease:
    envelope = freeze(LeaseFactory(tenants=2))
    AuditEvent.record(envelope.lease, "note", "The keys were handed over.", actor="leasing", envelope=envelope)
    return envelope.lease


def repacked(package: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(package)) as old:
        files = {name: old.read(name) for name in old.namelist()}
    change(files)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as new:
        for name, content in files.items():
            new.writestr(name, content)
    return packed.getvalue()


def test_untouched_evidence_holds_here_and_elsewhere(lease: Lease) -> None:
    assert verify_lease(lease) == []
    assert verify_package(export(lease)) == []


def test_an_event_that_was_reworded_in_the_database_is_found(lease: Lease) -> None:
    with at_the_database() as cursor:
        cursor.execute("UPDATE esign_auditevent SET text = 'The keys were kept.' WHERE kind = 'note'")

    assert verify_lease(lease) == ["Event 2 has been changed since it was written."]


def test_an_event_that_was_removed_is_found(lease: Lease) -> None:
    AuditEvent.record(lease, "note", "And the meter was read.")
    with at_the_database() as cursor:
        cursor.execute("DELETE FROM esign_auditevent WHERE number = 2")

    assert any("missing" in problem for problem in verify_lease(lease))


def test_a_document_that_was_changed_on_disk_is_found(lease: Lease, settings: Settings) -> None:
    document = EnvelopeDocument.objects.first()
    assert document is not None
    path = Path(settings.MEDIA_ROOT) / document.file
    path.write_bytes(path.read_bytes() + b"x")

    assert any("does not match its SHA-256" in problem for problem in verify_lease(lease))
    with pytest.raises(CommandError):
        call_command("verify_evidence", "--lease", lease.number)


def test_a_document_that_was_lost_is_found(lease: Lease) -> None:
    EnvelopeDocument.objects.all().delete()

    assert any("is not among the documents" in problem for problem in verify_lease(lease))


def test_a_package_whose_document_was_swapped_is_found(lease: Lease) -> None:
    def swap(files: dict[str, bytes]) -> None:
        name = next(name for name in files if name.startswith("documents/"))
        files[name] = b"%PDF-1.7 another contract"

    problems = verify_package(repacked(export(lease), swap))

    assert any("has been changed" in problem for problem in problems)


def test_a_package_whose_last_event_was_cut_off_is_found(lease: Lease) -> None:
    def cut(files: dict[str, bytes]) -> None:
        files["events.json"] = json.dumps(json.loads(files["events.json"])[:-1]).encode()

    assert verify_package(repacked(export(lease), cut)) == [
        "Events are missing at the end: the manifest names another last hash.",
        "Something was taken out or put in after the package was signed.",
    ]


def test_a_package_that_was_written_anew_is_not_signed_by_the_office(lease: Lease, settings: Settings) -> None:
    theirs = keys.known_keys()
    settings.SECRET_KEY = "the key of a forger, long enough to be one 0123456789-0123456789"  # of a test
    forged = export(lease)

    assert verify_package(forged) == []  # it holds in itself: whose key it is has to be asked
    assert ["which is not known here" in problem for problem in verify_package(forged, trusted=theirs)] == [True]


def change_json(name: str, change: Callable[[Any], object]) -> Callable[[dict[str, bytes]], None]:
    def changed(files: dict[str, bytes]) -> None:
        content = json.loads(files[name])
        change(content)
        files[name] = json.dumps(content).encode()

    return changed


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda files: files.pop("head.json"), "The end of the chain is not signed."),
        (lambda files: files.update({"head.json": b"{}"}), "The end of the chain is not signed."),
        (change_json("head.json", lambda head: head.update(signature="AAAA")), "does not fit"),
        (change_json("head.json", lambda head: head.update(public_key="no key")), "does not fit"),
        (change_json("manifest.json", lambda manifest: manifest.update(lease="L-1")), "after the package was signed"),
        (lambda files: files.update({"documents/extra.pdf": b"%PDF-"}), "the manifest does not name it"),
        (lambda files: files.update({"READ_ME_FIRST.html": b"x"}), "the manifest does not name it"),
        (lambda files: files.update({"../../etc/passwd": b"x"}), "the manifest does not name it"),
    ],
)
def test_what_was_changed_put_in_or_taken_out_is_named(
    change: Callable[[dict[str, bytes]], object], said: str, lease: Lease
) -> None:
    problems = verify_package(repacked(export(lease), lambda files: (change(files), None)[1]))

    assert any(said in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("events.json", b"[" * 100_000),
        ("events.json", b'{"number": 1}'),
        ("events.json", b"[1, 2]"),
        ("events.json", b'[{"number": [], "hash": {}, "detail": {"sha256": {"x": []}}}]'),
        ("events.json", b'[{"number": 1e400, "at": NaN}]'),
        ("events.json", b"\xff\xfe"),
        ("manifest.json", b'{"format": 2, "documents": {}, "texts": []}'),
        ("manifest.json", b'{"format": 2, "documents": [1], "texts": []}'),
        ("manifest.json", b'{"format": 99}'),
        ("head.json", b'{"statement": "[[[", "signature": "x", "public_key": "y"}'),
        ("head.json", b"[]"),
    ],
)
def test_a_hostile_package_ends_in_a_sentence(name: str, content: bytes, lease: Lease) -> None:
    problems = verify_package(repacked(export(lease), lambda files: files.update({name: content})))

    assert problems and all(isinstance(problem, str) for problem in problems)


def test_a_package_that_unpacks_to_gigabytes_is_refused_before_it_does(lease: Lease) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("events.json", b" " * (package_check.MAX_JSON + 1))
        package.writestr("manifest.json", "{}")

    assert verify_package(packed.getvalue()) == ["events.json in the package is larger than 50 MB."]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["number", "hash", "detail", "sha256", "documents", "texts", "format", "name", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(events=JSON, manifest=JSON, head=JSON)
def test_any_content_of_a_package_can_be_checked(events: Any, manifest: Any, head: Any) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        for name, content in (("events", events), ("manifest", manifest), ("head", head)):
            package.writestr(f"{name}.json", json.dumps(content))

    assert all(isinstance(problem, str) for problem in verify_package(packed.getvalue()))


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not here")
def test_other_tools_get_the_same_hash_of_an_event_with_accents(tmp_path: Path) -> None:
    """The recipe of the package's README, as it stands there."""
    lease = LeaseFactory(tenants=0)
    AuditEvent.record(lease, "note", "José Ñandú handed the keys over: “all of them”; 家.", actor="Zoë")
    with zipfile.ZipFile(io.BytesIO(export(lease))) as package:
        package.extractall(tmp_path)
    recipe = next(line.strip() for line in (tmp_path / "README.txt").read_text().splitlines() if "jq -" in line)

    said = subprocess.run(["sh", "-c", recipe], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert said.stdout.split()[0] == lease.audit_events.get().hash


@pytest.mark.parametrize("content", [b"", b"PK", b"%PDF-1.7"])
def test_what_is_no_package_is_said_to_be_none(content: bytes) -> None:
    assert verify_package(content) == ["This is not an evidence package, or it is damaged."]


def test_the_command_checks_packages_and_leases(
    lease: Lease, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "evidence.zip"
    path.write_bytes(export(lease))

    call_command("verify_evidence", "--package", str(path))
    call_command("verify_evidence")

    assert capsys.readouterr().out.count("1 checked; everything holds.") == 2


def test_staff_download_the_package_and_others_do_not(lease: Lease, client: Client) -> None:
    address = reverse("admin:leases_lease_evidence", args=[lease.pk])
    assert client.get(address).status_code == 302

    client.force_login(UserFactory(is_superuser=False))
    assert client.get(address).status_code == 403

    client.force_login(UserFactory())
    assert client.get(address).status_code == 200
    answer = client.post(address, {"export": "yes"})
    assert answer.status_code == 200
    assert verify_package(answer.content) == []
    assert lease.audit_events.filter(kind="evidence.exported").count() == 1


def test_who_may_only_look_checks_the_evidence_and_takes_nothing_away(lease: Lease, client: Client) -> None:
    looker = UserFactory(is_superuser=False)
    looker.user_permissions.add(Permission.objects.get(codename="view_auditevent"))
    client.force_login(looker)
    address = reverse("admin:leases_lease_evidence", args=[lease.pk])

    assert "a right of its own" in client.get(address).content.decode()
    assert client.post(address).status_code == 302
    assert client.post(address, {"export": "yes"}).status_code == 403
    assert not lease.audit_events.filter(kind="evidence.exported").exists()


def test_broken_evidence_is_not_handed_out_as_whole(lease: Lease, client: Client, settings: Settings) -> None:
    document = EnvelopeDocument.objects.first()
    assert document is not None
    path = Path(settings.MEDIA_ROOT) / document.file
    path.write_bytes(b"%PDF-1.7 something else")
    client.force_login(UserFactory())

    answer = client.post(reverse("admin:leases_lease_evidence", args=[lease.pk]), {"export": "yes"})

    assert answer.status_code == 302
    assert "does not match its SHA-256" in str(next(iter(get_messages(answer.wsgi_request))))


# --- what documents were made from, and what was agreed to ------------------------------------------------


def texts_of(package: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        named = json.loads(opened.read("manifest.json"))["texts"]
        return {text["name"]: opened.read(f"texts/{text['sha256']}.html").decode() for text in named}


def test_the_package_holds_the_template_text_that_the_documents_were_made_from(lease: Lease) -> None:
    document = EnvelopeDocument.objects.get()
    template_text = texts_of(export(lease))["template text of lease"]
    assert template_text.startswith("{# title: Residential Lease Agreement #}")
    assert hashlib.sha256(template_text.encode()).hexdigest() == document.template_version
    frozen = lease.audit_events.get(kind="envelope.frozen")
    assert frozen.detail["template_texts"] == {document.name: document.template_version}


def test_the_package_holds_what_a_tenant_agreed_to_before_signing(lease: Lease) -> None:
    tenant = lease.envelopes.get().signers.get(key="tenant1")
    record(tenant, disclosure("es"), ip="192.0.2.7")
    package = export(lease)
    assert "Firmar electrónicamente" in texts_of(package)[f"disclosure {VERSION}"]
    agreed = lease.audit_events.get(kind="portal.consented").detail["text_sha256"]
    assert agreed == hashlib.sha256(disclosure("es").html.encode()).hexdigest()
    assert verify_package(package) == []


def test_a_text_that_was_reworded_or_taken_out_of_the_package_is_found(lease: Lease) -> None:
    def reword(files: dict[str, bytes]) -> None:
        name = next(name for name in files if name.startswith("texts/"))
        files[name] += b"<p>And the tenant pays twice.</p>"

    def take_out(files: dict[str, bytes]) -> None:
        del files[next(name for name in files if name.startswith("texts/"))]

    assert any("has been changed" in problem for problem in verify_package(repacked(export(lease), reword)))
    assert verify_package(repacked(export(lease), take_out)) == [
        "“template text of lease”, named in the manifest, is not among the texts."
    ]
