"""Bulk Send for a notice that is the same for many: one list of up to 1,000 copies instead of two calls for each lease.

    MAKING -> LISTED -> SENDING -> SENT -> SETTLED
                           |
              look up by name and by custom field

Lines are prepared as in every campaign: each lease has its own envelope, frozen with the documents and people of its
own. An envelope joins a list of its run (`grouping`), and while the list is open, dispatch leaves the envelope alone.
Nothing is at Docusign before the run is released. Then a worker makes the list and the draft, which mail no one, and
makes the one request that sends (`sending`). It is never repeated on a guess (`settling`): after a lost answer the
batch is looked for by its name and the copies by their custom field; where nothing is found, the list is deleted, so
that a request that comes late is refused, and looked for once more a quarter of an hour later. Then a person decides.

Each copy carries the id of its envelope. Connect's messages find it by that, and so does the look-up when Docusign's
queue is empty; either writes it once. A copy that Docusign did not send goes by itself, as every other envelope.
"""
