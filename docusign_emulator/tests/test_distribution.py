"""The emulator is a distribution of its own: its wheel, in an empty environment, signs an envelope."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from docusign_emulator.tests.conftest import Api
from docusign_emulator.tests.papers import envelope
from docusign_emulator.tests.server import Emulator

HERE = Path(__file__).parents[1]
PROJECT = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_wheel_names_every_room() -> None:
    rooms = {
        ".".join(("docusign_emulator", *path.parent.relative_to(HERE).parts))
        for path in HERE.rglob("__init__.py")
        if "tests" not in path.parts and "build" not in path.parts
    }
    assert rooms == set(PROJECT["tool"]["setuptools"]["packages"])


def test_the_requirements_to_install_are_the_requirements_of_the_wheel() -> None:
    lines = (HERE / "requirements" / "base.in").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == PROJECT["project"]["dependencies"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that nothing is left behind in the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    copy = folder / "docusign_emulator"
    shutil.copytree(HERE, copy, ignore=shutil.ignore_patterns("tests", "__pycache__", "build", "*.egg-info"))
    _run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(copy)], folder)
    (made,) = folder.glob("*.whl")
    return made


@pytest.mark.slow
def test_the_wheel_holds_pages_fonts_and_the_description_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "docusign_emulator/description/esignature-v2.1-subset.json" in names
    assert "docusign_emulator/pages/templates/signing.html" in names
    assert any(name.startswith("docusign_emulator/pages/static/shared/") for name in names)
    assert "docusign_emulator/pdf/fonts/inter-regular.ttf" in names
    assert not [name for name in names if "/tests/" in name]


@pytest.mark.slow
def test_an_envelope_is_signed_by_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    """The environment holds the wheel and, by a path file, the packages that it requires; not this checkout."""
    _run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], tmp_path)
    python = tmp_path / "venv" / "bin" / "python"
    site = Path(_run([str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], tmp_path).strip())
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    required = Path(pytest.__file__).parents[1]
    (site / "required.pth").write_text(f"{required}\n")
    found = _run([str(python), "-c", "import docusign_emulator; print(docusign_emulator.__file__)"], tmp_path).strip()
    assert Path(found).is_relative_to(site)

    docusign = Emulator(tmp_path / "data", python=str(python), cwd=tmp_path)
    docusign.start()
    try:
        api = Api(docusign)
        sent = api.call("POST", "/envelopes", envelope(), expect=201)
        for recipient in ("1", "2"):
            what = {"envelopeId": sent["envelopeId"], "recipientId": recipient, "action": "sign"}
            docusign.control("POST", "recipients/act", what)
        assert api.call("GET", f"/envelopes/{sent['envelopeId']}")["status"] == "completed"
    finally:
        docusign.stop()


def _run(command: list[str], cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout
