"""What to do next: flows, their language, understanding and wording. Pure once the files are loaded."""
