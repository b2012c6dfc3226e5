"""What people look at: inbox, signing page, sender's page, consent page, console.

The pages keep no state and know no rule: they draw what the core says and send back what the person did.
`routes.routes` is mounted after the control API and the signing session's own calls, and before the REST API.
"""
