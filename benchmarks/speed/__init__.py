"""What a message costs the sender, side by side with other clients: `make bench`."""
