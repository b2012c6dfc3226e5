"""The text that new envelopes are made from: what the office has published, else what comes with the product."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from esign.documents.sources import FILES, TemplateText, template_text
from esign.models import DocumentTemplateVersion


class OfficeTexts:
    """The versions in force, or those that a campaign was planned with. Each language stands for itself: an office that
    has published its own English lease goes on sending the product's Spanish one until it publishes that too."""

    def __init__(self, versions: Sequence[int] | None = None) -> None:
        self.versions = versions

    def find_all(self, names: Iterable[str], language: str) -> Mapping[str, TemplateText]:
        """The texts to use now, read in one statement; English where a document has no text in `language`.

        Raises `TemplateProblem`.
        """
        names, languages = dict.fromkeys(names), dict.fromkeys((language, "en"))
        own = self._own(names, languages)
        return {name: _choose(name, languages, own) for name in names}

    def _own(self, names: Collection[str], languages: Collection[str]) -> dict[tuple[str, str], str]:
        every = DocumentTemplateVersion.objects
        known = every.published() if self.versions is None else every.filter(pk__in=self.versions)
        wanted = known.filter(template__kind__in=names, template__language__in=languages)
        rows = wanted.values_list("template__kind", "template__language", "text")
        return {(kind, language): text for kind, language, text in rows}


def _choose(name: str, languages: Iterable[str], own: Mapping[tuple[str, str], str]) -> TemplateText:
    for language in languages:
        if (name, language) in own:
            return template_text(name, language, own[name, language])
        if built_in := FILES.exactly(name, language):
            return built_in
    return FILES.find(name, "en")  # there is none, and it says so


PUBLISHED = OfficeTexts()
