"""Who handed in what, read into memory before anything of it runs."""
