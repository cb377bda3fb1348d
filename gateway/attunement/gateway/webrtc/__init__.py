"""Sound and pictures from the network: offers, connections, and what comes over them."""
