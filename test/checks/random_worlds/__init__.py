"""Random worlds for worlds.py: world.py makes one, attempts.py what its users try."""
