"""The programs, the course and the site: `handgrad.demos`."""
