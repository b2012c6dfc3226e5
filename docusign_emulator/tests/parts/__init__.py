"""Tests of `rest/parts`."""
