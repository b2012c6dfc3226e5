"""The whole product on one machine: web, worker, beat, the Docusign emulator and a Valkey server.

    python -m propertyapp.local run     until Ctrl-C
    python -m propertyapp.local demo    signs one lease as every party, then stops

One module for each thing that can go wrong by itself: `ports`, `processes` (with `keeper`), `broker`,
`emulator`, `environment`; `stack` puts them together and `demo` drives the result over HTTP.
"""
