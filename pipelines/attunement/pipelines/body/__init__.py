"""What one person's picture tells of movement."""
