"""The text that new envelopes are made from: what the office has published, else what comes with the product."""

from esign.documents.sources import FILES, TemplateText, template_text
from esign.models import DocumentTemplateVersion


class PublishedTemplates:
    """The versions in force. Each language stands for itself: an office that has published its own English lease
    goes on sending the product's Spanish one until it publishes that too."""

    def find(self, name: str, language: str) -> TemplateText:
        """The text to use now; English where a document has no text in `language`. Raises `TemplateProblem`."""
        versions = DocumentTemplateVersion.objects.published().filter(template__kind=name)
        own = dict(versions.values_list("template__language", "text"))
        for code in dict.fromkeys((language, "en")):
            if code in own:
                return template_text(name, code, own[code])
            if built_in := FILES.exactly(name, code):
                return built_in
        return FILES.find(name, language)


PUBLISHED = PublishedTemplates()
