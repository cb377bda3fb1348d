"""What one person's sound tells."""
