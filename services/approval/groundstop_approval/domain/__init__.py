"""Cases, grants and people as values, and who may do what with them. Pure."""
