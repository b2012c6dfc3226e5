"""The text that new envelopes are made from: what the office has published, else what comes with the product."""

from collections.abc import Sequence

from esign.documents.sources import FILES, TemplateText, template_text
from esign.models import DocumentTemplateVersion


class OfficeTexts:
    """The versions in force, or those that a campaign was planned with. Each language stands for itself: an office that
    has published its own English lease goes on sending the product's Spanish one until it publishes that too."""

    def __init__(self, versions: Sequence[int] | None = None) -> None:
        self.versions = versions

    def find(self, name: str, language: str) -> TemplateText:
        """The text to use now; English where a document has no text in `language`. Raises `TemplateProblem`."""
        all_versions = DocumentTemplateVersion.objects
        known = all_versions.published() if self.versions is None else all_versions.filter(pk__in=self.versions)
        own = dict(known.filter(template__kind=name).values_list("template__language", "text"))
        for code in dict.fromkeys((language, "en")):
            if code in own:
                return template_text(name, code, own[code])
            if built_in := FILES.exactly(name, code):
                return built_in
        return FILES.find(name, language)


PUBLISHED = OfficeTexts()
