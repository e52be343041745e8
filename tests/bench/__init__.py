"""Benchmarks: ratios against a peer in the same process, never part of the tests. Run `make bench`."""
