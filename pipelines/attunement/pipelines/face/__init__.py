"""What one person's picture tells of the face."""
