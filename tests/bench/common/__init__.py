"""What the benchmarks share: how they take time, and a peer written for them."""
