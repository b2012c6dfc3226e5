"""How times are written: always with their zone, since properties, offices and Docusign lie in different ones."""
