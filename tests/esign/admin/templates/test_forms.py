"""What staff send through the forms: what is refused is refused whole, in words, and nothing is saved half."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from esign.documents.sources import FILES
from esign.models import DocumentTemplate, DocumentTemplateVersion
from esign.models.template import fingerprint
from leases.models import Lease
from tests.esign.admin.templates.test_in_use import publish
from tests.esign.admin.words import post, read, words
from tests.factories import LeaseFactory, UserFactory

pytestmark = pytest.mark.django_db

PET = FILES.find("addendum_pet", "en").text
TURNS = ", ".join("1" * 60)
LOOP_BOMB = "".join(f"{{% for {name} in [{TURNS}] %}}" for name in "abc") + "x" + "{% endfor %}" * 3


def url(page: str, kind: str = "addendum_pet", language: str = "en", *more: object) -> str:
    return reverse(f"admin:esign_template_text{'_' if page else ''}{page}", args=[kind, language, *more])


@pytest.fixture
def draft(rosa: Any) -> DocumentTemplateVersion:
    template = DocumentTemplate.objects.create(kind="addendum_pet", language="en")
    return template.begin_draft(PET, by=rosa)


def save(client: Client, draft: DocumentTemplateVersion, text: str, **more: str) -> Any:
    """Press “Save draft” in a browser without scripts."""
    return client.post(url("edit"), {"text": text, "seen": draft.sha256, "note": "", **more})


# --- bad input --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{% load static %}<p>x</p>", "“{% load %}” cannot be used in a document"),
        ("{% include 'base.html' %}", "“include” cannot be used"),
        ("{% extends 'base.html' %}", "“extends” cannot be used"),
        ("{% import 'x' as y %}", "“import” cannot be used"),
        ("{% macro x() %}{% endmacro %}", "“macro” cannot be used"),
        ("<script>fetch('/admin/')</script>", "<script> cannot be used in a document"),
        ('<img src="https://evil.example/p.png">', "nothing is loaded from elsewhere"),
        ('<img src="file:///etc/passwd">', "nothing is loaded from elsewhere"),
        ('<img src="//evil.example/p.png">', "nothing is loaded from elsewhere"),
        ('<p style="background:url(https://evil.example)">x</p>', "“background” cannot be used in a style"),
        ('<p onclick="x()">x</p>', "<p onclick=…> cannot be used"),
        ('<a href="https://evil.example">x</a>', "<a href=…> cannot be used"),
        ("<iframe></iframe>", "<iframe> cannot be used"),
        ("<style>p{}</style>", "<style> cannot be used"),
        ("{{ ''.__class__.__mro__ }}", "“.__class__.__mro__” cannot be used in a document"),
        ("{{ tenants['__len__'] }}", "“tenants[__len__]” cannot be used in a document"),
        ("{{ loop.__init__ }}", "“loop.__init__” cannot be used in a document"),
        ("{{ lease.items }}", "“lease.items” is not known here"),
        ("{{ tenants.append(1) }}", "cannot be called"),
        ("{{ landlord.name.format(x) }}", "cannot be called"),
        ("{{ signature.__globals__ }}", "cannot be used in a document"),
        ("{{ self }}", "is not known here"),
        ("{{ settings.SECRET_KEY }}", "is not known here"),
        ("{{ 9 ** 99 }}", "“**” cannot be used"),
        (LOOP_BOMB, "The loops of this template turn more than 20,000 times."),
        ("{% if lease.pets %}<p>x</p>", "The template cannot be read"),
        ("<p>/sig:tenant1/</p>", "anchors are placed by them and not by hand"),
        ("<div>" * 100, "opened and never closed"),
        ("x\x00y", "Null characters are not allowed."),
        ("", "The text is empty."),
    ],
)
def test_what_a_template_may_not_do_is_told_with_its_reason_and_never_published(
    author: Client, draft: DocumentTemplateVersion, text: str, said: str
) -> None:
    """Faults of the text are not even kept; names that no lease has may stand in a draft, but no further."""
    answer = save(author, draft, text)
    if answer.status_code == 302:
        found = json.loads(author.post(url("check"), {"text": text}).content)["findings"]
        assert any(said in finding["message"] and finding["blocks"] for finding in found), found
        return

    assert answer.status_code == 422
    assert said in words(answer.content)
    assert "Nothing was saved." in words(answer.content)
    draft.refresh_from_db()
    assert draft.text == PET


@pytest.mark.parametrize("text", ["{{ ''.__class__ }}", "{{ settings.SECRET_KEY }}", LOOP_BOMB, "<script>x</script>"])
def test_the_preview_refuses_it_too_and_leaks_nothing(
    author: Client, draft: DocumentTemplateVersion, text: str, settings: Settings
) -> None:
    for page in ("preview", "check"):
        answer = author.post(url(page), {"text": text})
        assert answer.status_code == 200
        assert json.loads(answer.content)["findings"], page
        assert settings.SECRET_KEY.encode() not in answer.content
    assert author.post(url("pdf"), {"text": text}).status_code == 422


def test_a_text_beyond_the_limit_says_how_long_it_may_be(author: Client, draft: DocumentTemplateVersion) -> None:
    answer = save(author, draft, "x" * 600_000)

    assert answer.status_code == 422
    assert "The text has 600000 characters; a document template may have 500000." in words(answer.content)
    assert len(answer.content) < 300_000, "it is not sent back"
    draft.refresh_from_db()
    assert draft.text == PET


def test_ten_megabytes_are_not_even_read(author: Client, draft: DocumentTemplateVersion, settings: Settings) -> None:
    author.raise_request_exception = False

    answer = save(author, draft, "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1))

    assert answer.status_code in (400, 422)
    assert "Nothing" in words(answer.content)
    draft.refresh_from_db()
    assert draft.text == PET


def test_the_refused_text_stays_in_the_page_with_the_line_that_is_wrong(
    author: Client, draft: DocumentTemplateVersion
) -> None:
    answer = save(author, draft, f"{PET}\n<script>x</script>", note="my note")

    page = answer.content.decode()
    assert "&lt;script&gt;x&lt;/script&gt;" in page
    assert "<script>x</script>" not in page
    assert f"Line {PET.count(chr(10)) + 2}." in page
    assert "my note" in page


def test_a_script_is_answered_in_json(author: Client, draft: DocumentTemplateVersion) -> None:
    fields = {"text": "<script>", "seen": draft.sha256}
    answer = author.post(url("edit"), fields, headers={"accept": "application/json"})

    assert answer.status_code == 422
    assert json.loads(answer.content)["saved"] is False


# --- saving -----------------------------------------------------------------------------------------------


def test_a_draft_is_saved_with_the_line_ends_it_was_written_with(
    author: Client, draft: DocumentTemplateVersion
) -> None:
    """Browsers send CR LF; the fingerprint of a text must not depend on who saved it."""
    answer = save(author, draft, PET.replace("\n", "\r\n"), note="nothing yet")

    assert answer.status_code == 302
    draft.refresh_from_db()
    assert (draft.text, draft.sha256, draft.note) == (PET, fingerprint(PET), "nothing yet")


def test_a_colleagues_draft_is_not_saved_over(author: Client, draft: DocumentTemplateVersion) -> None:
    seen = draft.sha256
    draft.write(f"{PET}<p>Vera's</p>", by=UserFactory(username="vera"), seen=seen)

    answer = author.post(url("edit"), {"text": f"{PET}<p>Rosa's</p>", "seen": seen, "note": ""})

    assert "vera changed this draft after you opened it" in words(answer.content)
    assert "Rosa&#x27;s" in answer.content.decode(), "her text is not lost"
    draft.refresh_from_db()
    assert "Vera's" in draft.text


def test_the_built_in_text_is_where_a_first_draft_starts(author: Client) -> None:
    answer = author.post(url("begin", "lease", "es"), {"start": "built-in"})

    assert answer.url == url("edit", "lease", "es")  # type: ignore[attr-defined]  # a redirect has one
    assert DocumentTemplate.objects.get().draft().text == FILES.find("lease", "es").text  # type: ignore[union-attr]


def test_a_next_draft_starts_from_what_is_in_force_or_from_any_version(author: Client) -> None:
    publish("addendum_pet", "en", f"{PET}<p>one</p>")
    publish("addendum_pet", "en", f"{PET}<p>two</p>")
    template = DocumentTemplate.objects.get()

    author.post(url("begin"))
    draft = template.draft()
    assert draft is not None
    assert draft.text == f"{PET}<p>two</p>"
    post(author, url("discard"), shown=draft.sha256, sure="yes")
    author.post(url("begin"), {"start": "1"})
    again = template.draft()
    assert again is not None
    assert again.text == f"{PET}<p>one</p>"


def test_a_second_draft_is_not_begun_beside_the_first(author: Client, draft: DocumentTemplateVersion) -> None:
    assert "There is a draft of Pet addendum (English) already" in post(author, url("begin"))
    assert DocumentTemplateVersion.objects.count() == 1


def test_a_draft_that_changed_since_is_not_discarded(author: Client, draft: DocumentTemplateVersion) -> None:
    assert "was changed after you were asked" in post(author, url("discard"), shown="0" * 64, sure="yes")
    assert DocumentTemplateVersion.objects.filter(pk=draft.pk).exists()


# --- preview and check ------------------------------------------------------------------------------------


def preview(client: Client, text: str, **fields: str) -> dict[str, Any]:
    answer = client.post(url("preview"), {"text": text, **fields})
    assert answer.status_code == 200
    found: dict[str, Any] = json.loads(answer.content)
    return found


def test_the_preview_shows_pages_and_every_value_of_the_lease(author: Client) -> None:
    lease: Lease = LeaseFactory()
    seen = preview(author, PET, lease=lease.number)

    assert seen["count"] == len(seen["pages"]) == 2
    assert all(page.startswith("data:image/png;base64,iVBORw0KGgo") for page in seen["pages"])
    assert next(v[:2] for v in seen["variables"] if v[0] == "premises.address") == ["premises.address", "text"]
    assert seen["on"] == f"lease {lease.number}, with example values for its pet addendum"
    assert seen["findings"] == []


def test_the_preview_on_an_example_needs_no_lease(author: Client) -> None:
    assert preview(author, PET)["on"] == "a lease with everything"


def test_a_mistake_is_told_with_line_and_variable(author: Client) -> None:
    seen = preview(author, "{# title: x #}\n<p>{{ landlord.nmae }}</p>")

    assert seen["pages"] is None
    assert [(f["line"], f["variable"]) for f in seen["findings"]] == [(2, "landlord.nmae")]


def test_a_lease_that_is_not_there_is_said(author: Client) -> None:
    assert "There is no lease L-9999" in preview(author, PET, lease="L-9999")["findings"][0]["message"]


def test_a_lease_that_cannot_be_printed_is_not_the_template_texts_fault(author: Client) -> None:
    lease: Lease = LeaseFactory(unit__property__jurisdiction="US-ZZ")
    assert "This lease cannot be printed" in preview(author, PET, lease=lease.number)["findings"][0]["message"]


def test_who_may_not_see_leases_gets_an_example_and_no_names(author: Client, rosa: Any) -> None:
    lease: Lease = LeaseFactory()
    rosa.groups.clear()
    rosa.user_permissions.add(*_permissions("view_documenttemplate", "change_documenttemplate"))

    assert "You may not look at leases" in preview(author, PET, lease=lease.number)["findings"][0]["message"]


def _permissions(*names: str) -> Any:
    from django.contrib.auth.models import Permission  # noqa: PLC0415  # only here

    return Permission.objects.filter(codename__in=names)


def test_the_pdf_itself_can_be_opened_and_is_not_kept_by_caches(author: Client) -> None:
    answer = author.post(url("pdf"), {"text": PET})

    assert answer.content.startswith(b"%PDF-")
    assert "no-store" in answer["Cache-Control"]


# --- publishing -------------------------------------------------------------------------------------------


def test_a_draft_is_published_after_the_last_look(approver: Client, draft: DocumentTemplateVersion, vera: Any) -> None:
    text = PET.replace("<h2>Permission</h2>", "<h2>Permission</h2>\n<p>Pets are greeted by name.</p>")
    draft.write(text, by=vera, seen=draft.sha256)

    page = read(approver, url("publish"))
    assert "Nothing stands in the way" in page
    assert "1 line added, 0 removed against the built-in text" in page

    said = post(approver, url("publish"), sure="yes", shown=draft.sha256, note="Greet pets.")
    assert "version 1 is in force" in said
    draft.refresh_from_db()
    assert (draft.published_by, draft.note) == (vera, "Greet pets.")


def test_what_is_published_has_to_be_what_was_looked_at(approver: Client, draft: DocumentTemplateVersion) -> None:
    seen = draft.sha256
    draft.write(f"{PET}<p>slipped in</p>", by=None, seen=seen)

    assert "changed this draft after you opened it" in post(
        approver, url("publish"), sure="yes", shown=seen, note="Fine."
    )
    draft.refresh_from_db()
    assert draft.published_at is None


def test_a_text_with_faults_is_not_published_even_by_force(approver: Client, draft: DocumentTemplateVersion) -> None:
    draft.write("{# title: Pet #}\n<p>{{ stranger.knows }}</p>", by=None, seen=draft.sha256)

    page = read(approver, url("publish"))
    assert "It cannot be published yet" in page
    assert "“stranger.knows” is not known here" not in page, "the group itself is what is not known"
    assert "“stranger” is not known here" in page
    assert "Publish version 1" not in page
    answer = approver.post(url("publish"), {"sure": "yes", "shown": draft.sha256, "note": "Please."})
    assert answer.status_code == 422
    draft.refresh_from_db()
    assert draft.published_at is None


def test_publishing_asks_what_changed(approver: Client, draft: DocumentTemplateVersion) -> None:
    answer = approver.post(url("publish"), {"sure": "yes", "shown": draft.sha256, "note": "  "})

    assert "Say what changed and why" in words(answer.content)
    draft.refresh_from_db()
    assert draft.published_at is None


def test_retiring_asks_first_and_brings_the_built_in_text_back(approver: Client) -> None:
    version = publish("addendum_pet", "en", PET)

    assert "New envelopes are made from the text that comes with the product" in read(approver, url("retire"))
    assert "The built-in text is in force" in post(approver, url("retire"), shown=version.sha256, sure="yes")


# --- who may ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["", "edit", "publish", "retire", "discard", "compare"])
def test_a_bystander_sees_no_template_text(bystander: Client, draft: DocumentTemplateVersion, page: str) -> None:
    assert bystander.get(url(page)).status_code == 403


@pytest.mark.parametrize("page", ["edit", "preview", "pdf", "check", "publish", "begin", "retire", "discard"])
def test_a_bystander_changes_no_template_text(bystander: Client, draft: DocumentTemplateVersion, page: str) -> None:
    assert bystander.post(url(page), {"text": "x", "seen": draft.sha256, "note": "x"}).status_code == 403
    draft.refresh_from_db()
    assert (draft.text, draft.published_at) == (PET, None)


@pytest.mark.parametrize("page", ["publish", "retire"])
def test_an_author_does_not_publish_or_retire(author: Client, draft: DocumentTemplateVersion, page: str) -> None:
    assert author.get(url(page)).status_code == 403
    assert author.post(url(page), {"seen": draft.sha256, "note": "x"}).status_code == 403
    assert "Publish…" not in read(author, url("edit"))


def test_a_stranger_is_asked_to_sign_in(client: Client) -> None:
    assert client.post(url("preview"), {"text": PET}).status_code == 302


def test_the_bystanders_sidebar_does_not_offer_it(bystander: Client, author: Client) -> None:
    assert "Document templates" not in read(bystander, reverse("admin:index"))
    assert "Document templates" in read(author, reverse("admin:index"))


# --- reading ----------------------------------------------------------------------------------------------


def test_the_list_says_which_text_is_used(author: Client, draft: DocumentTemplateVersion) -> None:
    publish("lease", "en", FILES.find("lease", "en").text)

    page = read(author, reverse("admin:esign_documenttemplate_changelist"))
    assert "Version 1" in page
    assert "Draft by rosa" in page
    assert page.count("Built-in text") == 21


def test_the_row_of_a_template_leads_to_its_page(author: Client, draft: DocumentTemplateVersion) -> None:
    row = reverse("admin:esign_documenttemplate_change", args=[draft.template_id])
    assert author.get(row).url == url("")  # type: ignore[attr-defined]  # a redirect has one


def test_any_two_texts_can_be_compared(author: Client) -> None:
    publish("addendum_pet", "en", PET)
    publish("addendum_pet", "en", PET.replace("within one day", "within two days"))

    page = author.get(url("compare") + "?from=1&to=2").content.decode()
    assert "<del>one</del>" in page
    assert "<ins>two</ins>" in page
    assert "The two texts are the same." in read(author, url("compare") + "?from=built-in&to=1")
    assert author.get(url("compare") + "?from=7").status_code == 404
    assert author.get(url("compare") + "?from=%00").status_code == 404


def test_a_text_with_markup_is_shown_and_not_obeyed(author: Client, draft: DocumentTemplateVersion) -> None:
    DocumentTemplateVersion.objects.filter(pk=draft.pk).update(text="</textarea><script>alert(1)</script>")

    for page in (url("edit"), url("read", "addendum_pet", "en", 1), url("compare") + "?to=1"):
        assert b"<script>alert(1)" not in author.get(page).content
