"""Style transfer by optimal transport."""
