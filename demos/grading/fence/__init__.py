"""The fence around an answer: what it may see, use and ask of the kernel."""
