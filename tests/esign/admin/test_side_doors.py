"""A right to do one thing is no door to another: each write asks for the right of the row that it writes."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from esign.mail.links import portal_link
from esign.models import BatchRule, DocumentOpening, FormAnswer
from tests.esign.campaigns.test_rule_form import UNTOUCHED
from tests.esign.factories import EnvelopeDocumentFactory, EnvelopeFactory
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def may(*names: str) -> Client:
    user: User = UserFactory(username="ben", is_superuser=False)
    rights = Permission.objects.filter(codename__in=names)
    assert len(rights) == len(names)
    user.user_permissions.add(*rights)
    client = Client()
    client.force_login(user)
    return client


def answer() -> FormAnswer:
    signer = EnvelopeFactory(state="sent").signers.get(key="tenant1")
    found: FormAnswer = FormAnswer.objects.create(
        envelope=signer.envelope, signer=signer, label="vehicle", value="Blue van"
    )
    return found


def test_deciding_about_answers_is_no_right_to_change_a_tenant() -> None:
    one = answer()
    url = reverse("admin:esign_envelope_answers", args=[one.envelope_id])
    clerk = may("view_envelope", "decide_formanswer")

    assert "Take over" not in clerk.get(url).content.decode()
    assert clerk.post(url, {f"answer-{one.pk}": "accept"}).status_code == 403
    assert not FormAnswer.objects.exclude(decision="").exists()
    assert clerk.post(url, {f"answer-{one.pk}": "note"}).status_code == 302
    assert FormAnswer.objects.get().decision == FormAnswer.Decision.NOTED


def test_who_may_change_a_tenant_takes_an_answer_over() -> None:
    one = answer()
    url = reverse("admin:esign_envelope_answers", args=[one.envelope_id])
    clerk = may("view_envelope", "decide_formanswer", "change_tenant")

    assert "Take over" in clerk.get(url).content.decode()
    assert clerk.post(url, {f"answer-{one.pk}": "accept"}).status_code == 302
    assert FormAnswer.objects.get().decision == FormAnswer.Decision.ACCEPTED


@pytest.mark.parametrize("sends", [False, True])
def test_a_rule_that_sends_by_itself_takes_the_right_to_send(sends: bool) -> None:
    rights = ["view_batchrule", "add_batchrule", "change_batchrule", *(["send_envelope"] if sends else [])]
    clerk = may(*rights)

    made = clerk.post(reverse("admin:esign_batchrule_add"), UNTOUCHED | {"is_active": "on"})

    assert made.status_code == (302 if sends else 403)
    assert BatchRule.objects.exists() == sends


@pytest.mark.parametrize("page", ["preview", "pdf", "check"])
def test_trying_a_text_takes_the_right_to_write_it(page: str) -> None:
    url = reverse(f"admin:esign_template_text_{page}", args=["lease", "en"])

    assert may("view_documenttemplate").post(url, {"text": "<p>x</p>"}).status_code == 403


# --- who opened what --------------------------------------------------------------------------------------


def test_staff_who_open_a_document_are_written_down() -> None:
    document = EnvelopeDocumentFactory(envelope=EnvelopeFactory(state="sent"))
    clerk = may("view_envelope", "view_envelopedocument")

    assert (
        clerk.get(reverse("admin:esign_envelope_document", args=[document.envelope_id, document.pk])).status_code == 200
    )

    opening = DocumentOpening.objects.get()
    assert (opening.document, opening.who, opening.ip) == (document, "ben", "127.0.0.1")
    page = clerk.get(reverse("admin:esign_envelope_change", args=[document.envelope_id])).content.decode()
    assert f"Opened “{document}” here from 127.0.0.1." in page


def test_a_tenant_who_opens_a_document_is_written_down() -> None:
    document = EnvelopeDocumentFactory(envelope=EnvelopeFactory(state="sent"))
    tenant = document.envelope.signers.get(key="tenant1")
    browser = Client()
    browser.post(portal_link(tenant).removeprefix("http://testserver"))

    assert browser.get(reverse("portal:document", args=[document.envelope_id, document.pk])).status_code == 200

    opening = DocumentOpening.objects.get()
    assert (opening.document, opening.signer, opening.who) == (document, tenant, tenant.name)
