"""What keeps two dispatches apart, as facts: neighbours, what stands between them, and which known obstacle it is."""
