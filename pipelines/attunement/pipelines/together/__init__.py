"""What is between the two."""
