"""Notices to many are made of single ones, so their tests share the fixture that sends one."""

from tests.esign.envelopes.notices.conftest import notify

__all__ = ["notify"]
