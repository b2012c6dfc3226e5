"""Docusign's published Python examples, run as they are against the emulator.

They are not part of this repository: DOCUSIGN_EXAMPLES points at a checkout of docusign/code-examples-python;
without it these tests are skipped. Only hosts and keys are configured. Their web pages need Flask, which is not
one of our dependencies, so what they import of it (the session and the form) is stood in for here.
"""

from __future__ import annotations

import importlib
import inspect
import os
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docusign_esign as sdk
import pytest

from tests.emulator.conftest import Api
from tests.emulator.server import Emulator

EXAMPLES = os.environ.get("DOCUSIGN_EXAMPLES", "")
pytestmark = pytest.mark.skipif(
    not EXAMPLES, reason="DOCUSIGN_EXAMPLES does not point at a checkout of docusign/code-examples-python"
)
# Brands, permission profiles, shared access and payments are not of a property application's world.
COVERED = [
    "001", "002", "003", "004", "005", "006", "007", "008", "009", "010", "011", "012", "013", "015", "016", "017",
    "018", "019", "020", "031", "032", "033", "034", "035", "036", "037", "038", "039", "040", "042", "044", "045",
]  # fmt: skip
FORM: dict[str, Any] = {
    "signer_email": "signer@people.example", "signer_name": "Sig Ner", "cc_email": "cc@people.example",
    "cc_name": "Car Bon", "status": "sent", "starting_view": "Prepare", "item": "apple", "quantity": "3",
    "recip_access_code": "4711", "accessCode": "4711", "access_code": "4711", "document_id": "1",
    "phone_number": "5550100", "country_code": "1", "delivery_method": "SMS", "cc_phone_number": "5550101",
    "cc_country_code": "1", "resume_date": "2099-01-01", "delay": "2", "envelope_id": "",
    "signer1_email": "s1@people.example", "signer1_name": "One", "signer2_email": "s2@people.example",
    "signer2_name": "Two", "signer_2a_email": "a@people.example", "signer_2a_name": "A Two",
    "signer_2b_email": "b@people.example", "signer_2b_name": "B Two", "signer_email_1": "s1@people.example",
    "signer_name_1": "One", "signer_email1": "s1@people.example", "signer_name1": "One",
    "signer_email2": "s2@people.example", "signer_name2": "Two", "signer_email_2": "s2@people.example",
    "signer_name_2": "Two",
    "cc_email_1": "c1@people.example", "cc_name_1": "Cee One", "cc_email_2": "c2@people.example",
    "cc_name_2": "Cee Two", "manager_name": "Man Ager", "job_title": "Clerk", "salary": "1000",
    "start_date": "2027-01-01", "candidate_email": "k@people.example", "candidate_name": "Kan Did", "rsus": "1",
}  # fmt: skip


class World:
    """The examples' own application, as far as they look at it."""

    def __init__(self, api: Api, root: Path) -> None:
        self.api = api
        self.documents = root / "app" / "static" / "demo_documents"
        credentials = api.docusign.credentials
        self.session: dict[str, Any] = {
            "ds_account_id": api.account_id,
            "ds_base_path": credentials["rest_base"],
            "ds_access_token": api.token,
            "ds_user_name": "Property Administrator",
            "ds_user_email": "admin@property.example",
            "ds_account_name": "Property Management",
        }
        self.form = dict(FORM)

    @property
    def plain(self) -> dict[str, Any]:
        """Arguments of the examples that take them from their own page's form."""
        return {
            "account_id": self.api.account_id,
            "base_path": self.session["ds_base_path"],
            "access_token": self.session["ds_access_token"],
            "envelope_args": dict(self.form),
        }

    def run(self, number: str) -> Any:
        """Run one example as its page would, and answer what it answers."""
        controller = self._controller(number)
        wanted = inspect.signature(controller.worker).parameters if hasattr(controller, "worker") else {}
        papers = ["World_Wide_Corp_Battle_Plan_Trafalgar.docx", "World_Wide_Corp_lorem.pdf"]
        files = [str(self.documents / name) for name in papers][: max(0, len(wanted) - 1)]
        args = controller.get_args() if hasattr(controller, "get_args") else self.plain
        return controller.worker(args, *files)

    def sent(self) -> str:
        """An envelope for the examples that look at one."""
        envelope_id = str(self.run("002")["envelope_id"])
        self.session["envelope_id"] = self.form["envelope_id"] = envelope_id
        return envelope_id

    def template(self) -> str:
        template_id = str(self.run("008")["template_id"])
        self.session["template_id"] = self.form["template_id"] = template_id
        return template_id

    def _controller(self, number: str) -> Any:
        folder = Path(EXAMPLES) / "app" / "eSignature" / "examples"
        name = next(path.stem for path in folder.glob(f"eg{number}_*.py"))
        module = importlib.import_module(f"app.eSignature.examples.{name}")
        return next(one for key, one in vars(module).items() if isinstance(one, type) and key.startswith("Eg0"))


@pytest.fixture
def world(api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    root = Path(EXAMPLES)
    made = World(api, root)
    before = set(sys.modules)

    def module(name: str, **contents: Any) -> types.ModuleType:
        stand_in = types.ModuleType(name)
        vars(stand_in).update(contents)
        sys.modules[name] = stand_in
        return stand_in

    def client(base_path: str, access_token: str) -> sdk.ApiClient:
        made_client = sdk.ApiClient()
        made_client.host = base_path
        made_client.set_default_header("Authorization", f"Bearer {access_token}")
        return made_client

    request = types.SimpleNamespace(form=made.form, args={}, host_url="http://localhost:3000/")
    module(
        "flask",
        session=made.session,
        request=request,
        url_for=lambda *_, **__: "http://localhost:3000/ds-return",
        current_app=types.SimpleNamespace(logger=types.SimpleNamespace(info=lambda *_: None)),
    )
    for package, folder in (
        ("app", ""),
        ("app.eSignature", "eSignature"),
        ("app.eSignature.examples", "eSignature/examples"),
    ):
        module(package).__path__ = [str(root / "app" / folder)]
    module("app.docusign", create_api_client=client, DSClient=None)
    module("app.jwt_helpers", create_api_client=client)
    module("app.error_handlers", process_error=_raise)
    configuration = module("app.ds_config")
    exec((root / "app" / "ds_config_sample.py").read_text(), vars(configuration))  # its settings, with our signer
    vars(configuration)["DS_CONFIG"] |= {"signer_email": FORM["signer_email"], "signer_name": FORM["signer_name"]}
    monkeypatch.chdir(root)
    yield made
    for name in set(sys.modules) - before:
        if name == "flask" or name.split(".")[0] == "app":
            del sys.modules[name]


def _raise(error: Exception) -> None:
    raise error


def _before(world: World) -> dict[str, Callable[[], Any]]:
    """What has to be there before an example can be run."""

    def documents() -> None:
        envelope_id = world.sent()
        listed = world.run("006")
        told = [
            {"name": one.name, "document_id": one.document_id, "type": one.type} for one in listed.envelope_documents
        ]
        world.session["envelope_documents"] = {"envelope_id": envelope_id, "documents": told}

    def paused() -> None:
        world.session["paused_envelope_id"] = world.run("032")["paused_envelope_id"]

    def phone() -> None:
        world.session["workflow_id"] = world._controller("020").get_workflow(world.plain)

    looks_at_one = dict.fromkeys(("003", "004", "005", "006", "015", "018"), world.sent)
    uses_template = dict.fromkeys(("009", "013", "017"), world.template)
    return looks_at_one | uses_template | {"007": documents, "033": paused, "020": phone, "012": world.sent}


@pytest.mark.parametrize("number", [one for one in COVERED if one != "045"])
def test_the_vendors_example_runs(world: World, number: str) -> None:
    ready = _before(world).get(number)
    if ready is not None:
        ready()
    world.run(number)


def test_the_vendors_example_deletes_and_restores(world: World, docusign: Emulator) -> None:
    envelope_id = world.sent()
    controller = world._controller("045")
    args = world.plain | {"envelope_id": envelope_id, "delete_folder_id": "recyclebin", "from_folder_id": "recyclebin"}
    controller.delete_envelope(args)
    folders = {one.name: one.folder_id for one in controller.get_folders(args).folders}
    controller.move_envelope_to_folder(args | {"folder_id": folders["Sent Items"]})
    assert docusign.control("GET", "state")["envelopes"][0]["folder"] == "sentitems"
