"""Measurements, side by side with other clients. None of them runs in `make check`."""
