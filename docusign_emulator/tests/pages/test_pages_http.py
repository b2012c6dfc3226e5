"""The pages as HTTP: what they may load, what a hostile envelope can do to them, what a stranger sees."""

import re
from pathlib import Path

import pytest

import docusign_emulator.pages
from docusign_emulator.tests.pages.conftest import Sender, one_signature

FOLDER = Path(docusign_emulator.pages.__file__).parent
ASSETS = sorted(path for kind in ("html", "css", "js") for path in FOLDER.rglob(f"*.{kind}"))


def session(sender: Sender) -> str:
    """Open the newest invitation of Ann; answers the path of her session."""
    answer = sender.docusign.http("GET", sender.link("ann@").removeprefix(sender.docusign.base))
    return str(answer.headers["Location"])


@pytest.mark.parametrize("asset", ASSETS, ids=lambda path: path.name)
def test_no_page_names_another_host(asset: Path) -> None:
    allowed = ("http://www.w3.org/2000/svg", "https://developers.docusign.com/")
    addresses = re.findall(r"https?://[^\s\"'`)]+", asset.read_text(encoding="utf-8"))
    assert [one for one in addresses if not one.startswith(allowed)] == []


@pytest.mark.parametrize("path", ["/", "/_emulator/", "/signing/ended?event=decline"])
def test_the_policy_keeps_everything_at_home(sender: Sender, path: str) -> None:
    answer = sender.docusign.http("GET", path)
    assert answer.status == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy and "http" not in policy
    assert "nothing here has legal value" in " ".join(answer.data.decode().split())


def test_words_of_an_envelope_stay_words(sender: Sender) -> None:
    nasty = "</script><script>alert(1)</script><!--"
    sender.send(one_signature(note=nasty), emailSubject=nasty, emailBlurb=nasty)
    page = sender.docusign.http("GET", session(sender)).data.decode()
    assert "<script>alert" not in page
    assert page.count("<script") == 2  # the page's module and its state


def test_a_page_image_is_sent_once_and_then_only_confirmed(sender: Sender) -> None:
    sender.send(one_signature())
    path = session(sender) + "/pages/1/1.png?scale=1"
    first = sender.docusign.http("GET", path)
    assert first.status == 200 and first.data.startswith(b"\x89PNG")
    again = sender.docusign.http("GET", path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.data) == (304, b"")


def test_a_stranger_sees_no_page_of_a_document(sender: Sender) -> None:
    sender.send(one_signature(accessCode="4711"))
    locked = session(sender)
    for path in (f"{locked}/pages/1/1.png", "/signing/session/guess/pages/1/1.png", "/sending/guess/pages/1/1.png"):
        assert sender.docusign.http("GET", path).status == 404
    assert b"Lease.pdf" not in sender.docusign.http("GET", locked).data


def test_a_session_no_one_opened_leads_to_its_end(sender: Sender) -> None:
    answer = sender.docusign.http("GET", "/signing/session/guess")
    assert (answer.status, answer.headers["Location"]) == (302, "/signing/ended?event=exception")
    assert sender.docusign.http("GET", "/sending/guess").status == 302


def test_the_javascript_api_is_served_where_the_vendor_has_it(sender: Sender) -> None:
    for path in ("/bundle.js", "/signing/bundle.js"):
        answer = sender.docusign.http("GET", path)
        assert answer.headers["Content-Type"].startswith("text/javascript")
        assert b"loadDocuSign" in answer.data


def test_the_console_has_the_documents_as_one_pdf(sender: Sender) -> None:
    envelope = sender.send(one_signature())
    answer = sender.docusign.http("GET", f"/_emulator/envelopes/{envelope}/combined.pdf")
    assert answer.data.startswith(b"%PDF")
    assert sender.docusign.http("GET", "/_emulator/envelopes/none/combined.pdf").status == 404
