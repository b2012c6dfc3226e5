"""Where staff's browsers leave for Docusign's sign-in pages, and where they come back."""
