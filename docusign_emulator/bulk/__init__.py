"""Bulk send: one draft or template, many copies, a queue that drains at its own rate.

https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/envelopes/bulk-send/
"""
