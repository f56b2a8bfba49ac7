"""HTTP, and nothing that another entrance would need."""
