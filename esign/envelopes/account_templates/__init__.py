"""Sending with templates of the Docusign account: read them, check the office's mapping, put them in an envelope.

A rider goes with our own documents; a whole template or a Word document that is filled in goes alone. Either way the
draft mails no one, and before it is sent `settle` looks whether it holds exactly the people that were meant: a
template that was changed in Docusign meanwhile cannot send a contract to somebody else.
"""
