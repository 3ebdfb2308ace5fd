"""Who is who: seed files and connections in somebody's name, keys, and the signatures of what is acted upon."""
