"""From datagrams to sound and pictures: what comes over a real network, put in order."""
