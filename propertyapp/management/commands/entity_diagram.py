"""`manage.py entity_diagram`: the tables and what refers to what, as a Mermaid diagram on standard output."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db.models import Model

ROOMS = ("leases", "esign")
HEAD = """# Entities

Written by `manage.py entity_diagram > docs/entities.md`. History tables are left out.

```mermaid
erDiagram
"""


def diagram() -> str:
    """The page as it should stand in `docs/entities.md`."""
    return HEAD + "\n".join(sorted(lines())) + "\n```\n"


def lines() -> Iterator[str]:
    """One line for each relation between two of our tables."""
    for model in _models():
        for field in model._meta.get_fields():
            target = getattr(field, "related_model", None)
            if not field.concrete or target is None or target not in _models():
                continue
            source = model.__name__
            if field.many_to_many:
                yield f"  {source} }}o--o{{ {target.__name__} : {field.name}"
                continue
            one = "o|" if getattr(field, "null", False) else "||"
            many = "o|" if field.one_to_one else "o{"
            yield f"  {target.__name__} {one}--{many} {source} : {field.name}"


def _models() -> list[type[Model]]:
    found = [model for room in ROOMS for model in apps.get_app_config(room).get_models()]
    return [model for model in found if not model.__name__.startswith("Historical")]


class Command(BaseCommand):
    help = "Writes the diagram of our tables."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(diagram(), ending="")
