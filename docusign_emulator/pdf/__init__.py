"""Pure functions over PDF bytes: find text, draw pages, stamp marks, combine, seal, convert.

Nothing here knows the store, HTTP or the clock; everything takes and answers bytes and values.
Coordinates are points (1/72 inch) from the top-left corner of the page as a reader shows it, which is also
how Docusign counts tab positions.
"""
