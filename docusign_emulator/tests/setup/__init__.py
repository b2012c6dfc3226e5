"""Tests of `rest/setup`."""
