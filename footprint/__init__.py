"""See Primary Care Networks on the ground, check them, and line community teams up with them."""

__version__ = "0.1.0"
