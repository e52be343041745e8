"""Tests of `probe`."""
