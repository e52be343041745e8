"""What runs in the page: it answers messages, and knows nothing of a browser."""
