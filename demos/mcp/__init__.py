"""handgrad for assistants: its verdicts as tools of a server of the Model Context Protocol."""
