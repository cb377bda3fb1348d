"""What the network did."""
