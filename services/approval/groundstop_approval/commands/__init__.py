"""What people, faces and agents may ask of approval: one module for each family of commands."""
